import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsString, Length } from 'class-validator';
import { ROLE_NAME_MAX, type Role } from '../contract/roles.js';

/** Roles by name, at least one: who is to do nothing any more is deactivated. */
export class RolesBody {
  @ApiProperty({ type: [String], minItems: 1, maxItems: 20, example: ['analyst'] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @Length(1, ROLE_NAME_MAX, { each: true })
  roles: Role[];
}
