import { ApiProperty } from '@nestjs/swagger';
import { roleSchema } from '../contract/roles.js';

export class UserAnswerView {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: ['active', 'deactivated'] })
  status: string;

  @ApiProperty({ enum: roleSchema.options, isArray: true })
  roles: string[];

  @ApiProperty({ description: 'Version of the user; also the ETag' })
  version: number;
}
