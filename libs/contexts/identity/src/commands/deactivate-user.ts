import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiForbiddenResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { Decided } from '@kernel/ports/aggregates.js';
import type { CommandOutcome, StreamAppend } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import type { UserEvent } from '../contract/events.js';
import { ADMIN } from '../contract/roles.js';
import type { User } from '../domain/user.js';
import { revoke } from './revocation.js';
import { Roles } from './roles.js';
import { Sessions } from './sessions.js';
import { UserAnswerView } from './user-answer.view.js';
import { toAnswer, Users } from './users.js';

export class DeactivateUser {
  constructor(
    readonly userId: string,
    /** Null for the shop itself. */
    readonly by: Principal | null,
  ) {}
}

@CommandHandler(DeactivateUser)
export class DeactivateUserHandler implements ICommandHandler<DeactivateUser> {
  constructor(
    private readonly users: Users,
    private readonly roles: Roles,
    private readonly sessions: Sessions,
  ) {}

  execute({ userId, by }: DeactivateUser): Promise<CommandOutcome> {
    return this.users.repository.execute(
      userId,
      { type: 'DeactivateUser', data: { userId, by: by?.id ?? null } },
      (decided) => ({ status: 200, body: toAnswer(userId, decided), version: decided.version }),
      (decided) => this.beside(userId, decided, by),
    );
  }

  private async beside(userId: string, { state, version, events }: Decided<User, UserEvent>, by: Principal | null): Promise<StreamAppend[]> {
    if (events.length === 0 || state.status === 'none') return [];
    await this.roles.ensureMay(by, 'users:manage', state.roles);
    const tokens = { stream: this.users.repository.stream(userId), expectedVersion: version, events: [], inline: [revoke(`user:${userId}`)] };
    const ended = [tokens, ...(await this.sessions.endings(userId, 'deactivated'))];
    return state.roles.some((role) => role === ADMIN) ? [...ended, await this.users.anotherAdministrator(userId)] : ended;
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class DeactivateUserRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/deactivate')
  @ApiOperation({ description: 'Signs in no more and places no more orders; sessions end, access tokens given before within a second.' })
  @HttpCode(200)
  @CommandRoute('identity')
  @RequirePermission('users:manage')
  @ApiOkResponse({ type: UserAnswerView })
  @ApiForbiddenResponse({ description: 'identity.privilege-escalation' })
  @ApiConflictResponse({ description: 'identity.own-account, identity.last-administrator' })
  @ApiNotFoundResponse({ description: 'identity.user-not-found' })
  deactivate(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    return this.commands.execute(new DeactivateUser(id, principal));
  }
}
