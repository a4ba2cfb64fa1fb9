import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBadRequestResponse, ApiForbiddenResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import type { Role } from '../contract/roles.js';
import { RoleAssignment } from './role-assignment.js';
import { RolesBody } from './roles.body.js';
import { UserAnswerView } from './user-answer.view.js';
import { toAnswer, Users } from './users.js';

export class GrantRoles {
  constructor(
    readonly userId: string,
    readonly roles: readonly Role[],
    /** Null for the shop itself. */
    readonly by: Principal | null,
  ) {}
}

@CommandHandler(GrantRoles)
export class GrantRolesHandler implements ICommandHandler<GrantRoles> {
  constructor(
    private readonly users: Users,
    private readonly assignment: RoleAssignment,
  ) {}

  execute({ userId, roles, by }: GrantRoles): Promise<CommandOutcome> {
    return this.users.repository.execute(
      userId,
      { type: 'GrantRoles', data: { userId, roles: [...roles] } },
      (decided) => ({ status: 200, body: toAnswer(userId, decided), version: decided.version }),
      (decided) => this.assignment.beside(userId, decided, by),
    );
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class GrantRolesRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/roles')
  @ApiOperation({ description: 'Gives roles in addition. Shows in the user’s next access token.' })
  @HttpCode(200)
  @CommandRoute('identity')
  @RequirePermission('users:manage')
  @ApiOkResponse({ type: UserAnswerView })
  @ApiBadRequestResponse({ description: 'identity.role-unknown' })
  @ApiForbiddenResponse({ description: 'identity.privilege-escalation' })
  @ApiNotFoundResponse({ description: 'identity.user-not-found' })
  grant(@Param('id') id: string, @Body() { roles }: RolesBody, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    return this.commands.execute(new GrantRoles(id, roles, principal));
  }
}
