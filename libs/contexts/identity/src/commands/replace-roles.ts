import { Body, Controller, Param, Put } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import type { Role } from '../contract/roles.js';
import { RoleAssignment } from './role-assignment.js';
import { RolesBody } from './roles.body.js';
import { UserAnswerView } from './user-answer.view.js';
import { toAnswer, Users } from './users.js';

export class ReplaceRoles {
  constructor(
    readonly userId: string,
    readonly roles: readonly Role[],
    /** Null for the shop itself. */
    readonly by: Principal | null,
  ) {}
}

@CommandHandler(ReplaceRoles)
export class ReplaceRolesHandler implements ICommandHandler<ReplaceRoles> {
  constructor(
    private readonly users: Users,
    private readonly assignment: RoleAssignment,
  ) {}

  execute({ userId, roles, by }: ReplaceRoles): Promise<CommandOutcome> {
    return this.users.repository.execute(
      userId,
      { type: 'ReplaceRoles', data: { userId, roles: [...roles] } },
      (decided) => ({ status: 200, body: toAnswer(userId, decided), version: decided.version }),
      (decided) => this.assignment.beside(userId, decided, by),
    );
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class ReplaceRolesRoute {
  constructor(private readonly commands: CommandBus) {}

  @Put(':id/roles')
  @ApiOperation({
    description:
      'Gives and takes until the user has these roles and no others. What was taken ends the user’s access tokens within a second; what was given shows in the next one.',
  })
  @CommandRoute('identity')
  @RequirePermission('users:manage')
  @ApiOkResponse({ type: UserAnswerView })
  @ApiBadRequestResponse({ description: 'identity.role-unknown' })
  @ApiForbiddenResponse({ description: 'identity.privilege-escalation' })
  @ApiConflictResponse({ description: 'identity.last-administrator' })
  @ApiNotFoundResponse({ description: 'identity.user-not-found' })
  replace(@Param('id') id: string, @Body() { roles }: RolesBody, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    return this.commands.execute(new ReplaceRoles(id, roles, principal));
  }
}
