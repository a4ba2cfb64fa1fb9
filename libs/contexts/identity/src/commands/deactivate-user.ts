import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { Decided } from '@kernel/ports/aggregates.js';
import type { CommandOutcome, StreamAppend } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import type { UserEvent } from '../contract/events.js';
import type { User } from '../domain/user.js';
import { UserAnswerView } from './user-answer.view.js';
import { toAnswer, Users } from './users.js';

export class DeactivateUser {
  constructor(
    readonly userId: string,
    readonly by: string | null,
  ) {}
}

@CommandHandler(DeactivateUser)
export class DeactivateUserHandler implements ICommandHandler<DeactivateUser> {
  constructor(private readonly users: Users) {}

  execute({ userId, by }: DeactivateUser): Promise<CommandOutcome> {
    return this.users.repository.execute(
      userId,
      { type: 'DeactivateUser', data: { userId, by } },
      (decided) => ({ status: 200, body: toAnswer(userId, decided), version: decided.version }),
      (decided) => this.remainingAdministrator(userId, decided),
    );
  }

  private async remainingAdministrator(userId: string, { state, events }: Decided<User, UserEvent>): Promise<StreamAppend[]> {
    const isAdministrator = state.status !== 'none' && state.roles.includes('admin');
    return events.length > 0 && isAdministrator ? [await this.users.anotherAdministrator(userId)] : [];
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class DeactivateUserRoute {
  constructor(private readonly commands: CommandBus) {}

  /** Signs in no more and places no more orders; tokens given before end with their minutes. */
  @Post(':id/deactivate')
  @HttpCode(200)
  @CommandRoute('identity')
  @RequirePermission('users:manage')
  @ApiOkResponse({ type: UserAnswerView })
  @ApiConflictResponse({ description: 'identity.own-account, identity.last-administrator' })
  deactivate(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    return this.commands.execute(new DeactivateUser(id, principal.id));
  }
}
