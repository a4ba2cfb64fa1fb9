import { ApiProperty } from '@nestjs/swagger';

export class UserAnswerView {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: ['active', 'deactivated'] })
  status: string;

  @ApiProperty({ type: [String], example: ['customer'] })
  roles: string[];

  @ApiProperty({ description: 'Version of the user; also the ETag' })
  version: number;
}
