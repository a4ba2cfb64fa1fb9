import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiForbiddenResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { Roles } from './roles.js';
import { UserAnswerView } from './user-answer.view.js';
import { toAnswer, Users } from './users.js';

export class ReactivateUser {
  constructor(
    readonly userId: string,
    /** Null for the shop itself. */
    readonly by: Principal | null,
  ) {}
}

@CommandHandler(ReactivateUser)
export class ReactivateUserHandler implements ICommandHandler<ReactivateUser> {
  constructor(
    private readonly users: Users,
    private readonly roles: Roles,
  ) {}

  execute({ userId, by }: ReactivateUser): Promise<CommandOutcome> {
    return this.users.repository.execute(
      userId,
      { type: 'ReactivateUser', data: { userId, by: by?.id ?? null } },
      (decided) => ({ status: 200, body: toAnswer(userId, decided), version: decided.version }),
      async ({ state, events }) => {
        if (events.length > 0 && state.status !== 'none') await this.roles.ensureMay(by, 'users:manage', state.roles);
        return [];
      },
    );
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class ReactivateUserRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/reactivate')
  @ApiOperation({ description: 'Signs in as before, with the same password and roles.' })
  @HttpCode(200)
  @CommandRoute('identity')
  @RequirePermission('users:manage')
  @ApiOkResponse({ type: UserAnswerView })
  @ApiForbiddenResponse({ description: 'identity.privilege-escalation' })
  @ApiConflictResponse({ description: 'identity.own-account' })
  @ApiNotFoundResponse({ description: 'identity.user-not-found' })
  reactivate(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    return this.commands.execute(new ReactivateUser(id, principal));
  }
}
