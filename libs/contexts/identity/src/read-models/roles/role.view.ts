import { ApiProperty } from '@nestjs/swagger';

export class RoleView {
  @ApiProperty({ example: 'customer' })
  name: string;

  @ApiProperty({ type: [String], example: ['catalog:read'] })
  permissions: readonly string[];

  @ApiProperty()
  description: string;

  @ApiProperty({ description: 'True for one that exists from the start and cannot be removed' })
  builtIn: boolean;

  @ApiProperty({ description: 'Version of the role; also the ETag. 0 for a built-in one that was never edited' })
  version: number;
}
