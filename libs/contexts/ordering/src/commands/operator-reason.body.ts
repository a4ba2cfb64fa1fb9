import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

/** Why an operator steps in: it is kept in the saga's timeline. */
export class OperatorReasonBody {
  @ApiProperty({ example: 'paid by bank transfer' })
  @IsString()
  @Length(1, 200)
  reason: string;
}
