import { Body, Controller, Param, Put } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentPrincipal, isReservedLimit, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome, StreamAppend } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { ArrayMaxSize, IsArray, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { ensureValid } from '@kernel/refusal.js';
import type { RoleEvent } from '../contract/role-events.js';
import { ROLE_NAME, ROLE_NAME_MAX } from '../contract/roles.js';
import { currently, type RoleState } from '../domain/role.js';
import { revoke } from './revocation.js';
import { Roles } from './roles.js';

export class DefineRoleBody {
  @ApiProperty({ type: [String], maxItems: 200, example: ['catalog:read', 'orders:read:any'], description: 'All that the role is to hold' })
  @IsArray()
  @ArrayMaxSize(200)
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  permissions: string[];

  @ApiPropertyOptional({ maxLength: 200, default: '', example: 'Looks after parcels' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  description?: string;
}

class RoleAnswerView {
  @ApiProperty({ example: 'parcel-desk' })
  name: string;

  @ApiProperty({ type: [String] })
  permissions: readonly string[];

  @ApiProperty()
  description: string;

  @ApiProperty({ description: 'Version of the role; also the ETag. 0 for a built-in one that was never edited' })
  version: number;
}

export class DefineRole {
  constructor(
    readonly role: string,
    readonly permissions: readonly string[],
    readonly description: string,
    readonly by: Principal,
  ) {}
}

@CommandHandler(DefineRole)
export class DefineRoleHandler implements ICommandHandler<DefineRole> {
  constructor(private readonly roles: Roles) {}

  async execute({ role, permissions, description, by }: DefineRole): Promise<CommandOutcome> {
    const isReserved = isReservedLimit(role);
    ensureValid(!isReserved, 'identity.role-name-invalid', `${role} is the name of a request limit: give the role another name`);
    const [held, { state }] = await Promise.all([this.roles.ensureMay(by, 'roles:manage', []), this.roles.repository.load(role)]);
    const isNew = currently(role, state) === undefined;
    return this.roles.repository.execute(
      role,
      { type: 'DefineRole', data: { role, permissions, description, held } },
      (decided) => ({
        status: isNew ? 201 : 200,
        body: toAnswer(role, decided),
        location: `/api/v1/admin/roles/${role}`,
        version: decided.version,
      }),
      async ({ version, events }) => this.takenBack(role, version, events),
    );
  }

  /** Whoever has the role asks for a new access token, which no longer holds what was withdrawn. */
  private takenBack(role: string, version: number, events: readonly RoleEvent[]): StreamAppend[] {
    const narrowed = events.some((event) => event.type === 'identity.RoleDefined' && event.data.withdrawn.length > 0);
    return narrowed ? [{ stream: this.roles.repository.stream(role), expectedVersion: version, events: [], inline: [revoke(`role:${role}`)] }] : [];
  }
}

function toAnswer(name: string, { state, version }: { state: RoleState; version: number }): RoleAnswerView {
  const { permissions, description } = currently(name, state)!;
  return { name, permissions, description, version };
}

@ApiTags('roles')
@Controller('api/v1/admin/roles')
export class DefineRoleRoute {
  constructor(private readonly commands: CommandBus) {}

  @Put(':name')
  @ApiOperation({
    description:
      'Makes a role, or replaces all that it holds. What was withdrawn ends the access tokens of everybody who has the role within a second; what was added shows in their next one.',
  })
  @ApiParam({ name: 'name', description: 'Of the role', schema: { type: 'string', pattern: ROLE_NAME.source, maxLength: ROLE_NAME_MAX } })
  @CommandRoute('identity')
  @RequirePermission('roles:manage')
  @ApiOkResponse({ type: RoleAnswerView })
  @ApiCreatedResponse({ type: RoleAnswerView })
  @ApiBadRequestResponse({ description: 'identity.permission-unknown, identity.role-name-invalid' })
  @ApiForbiddenResponse({ description: 'identity.privilege-escalation' })
  @ApiConflictResponse({ description: 'identity.role-fixed' })
  define(
    @Param('name') name: string,
    @Body() { permissions, description }: DefineRoleBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<CommandOutcome> {
    return this.commands.execute(new DefineRole(name, permissions, description ?? '', principal));
  }
}
