import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn } from 'class-validator';
import { roleSchema, type Role } from '../contract/roles.js';
import { UserAnswerView } from './user-answer.view.js';
import { toAnswer, Users } from './users.js';

export class GrantRolesBody {
  @ApiProperty({ enum: roleSchema.options, isArray: true, example: ['analyst'] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(roleSchema.options.length)
  @IsIn(roleSchema.options, { each: true })
  roles: Role[];
}

export class GrantRoles {
  constructor(
    readonly userId: string,
    readonly roles: readonly Role[],
  ) {}
}

@CommandHandler(GrantRoles)
export class GrantRolesHandler implements ICommandHandler<GrantRoles> {
  constructor(private readonly users: Users) {}

  execute({ userId, roles }: GrantRoles): Promise<CommandOutcome> {
    return this.users.repository.execute(userId, { type: 'GrantRoles', data: { userId, roles: [...roles] } }, (decided) => ({
      status: 200,
      body: toAnswer(userId, decided),
      version: decided.version,
    }));
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class GrantRolesRoute {
  constructor(private readonly commands: CommandBus) {}

  /** Shows in the user's next access token. */
  @Post(':id/roles')
  @HttpCode(200)
  @CommandRoute('identity')
  @RequirePermission('users:manage')
  @ApiOkResponse({ type: UserAnswerView })
  grant(@Param('id') id: string, @Body() { roles }: GrantRolesBody): Promise<CommandOutcome> {
    return this.commands.execute(new GrantRoles(id, roles));
  }
}
