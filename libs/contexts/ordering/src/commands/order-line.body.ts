import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';

/** So many units of a product, wherever a command names some. */
export class OrderLineBody {
  @ApiProperty({ example: '85123A' })
  @IsString()
  @Length(1, 64)
  sku: string;

  @ApiProperty({ example: 2, minimum: 1, maximum: 1_000_000 })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  quantity: number;
}
