import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { UserAnswerView } from './user-answer.view.js';
import { toAnswer, Users } from './users.js';

export class ReactivateUser {
  constructor(
    readonly userId: string,
    readonly by: string | null,
  ) {}
}

@CommandHandler(ReactivateUser)
export class ReactivateUserHandler implements ICommandHandler<ReactivateUser> {
  constructor(private readonly users: Users) {}

  execute({ userId, by }: ReactivateUser): Promise<CommandOutcome> {
    return this.users.repository.execute(userId, { type: 'ReactivateUser', data: { userId, by } }, (decided) => ({
      status: 200,
      body: toAnswer(userId, decided),
      version: decided.version,
    }));
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class ReactivateUserRoute {
  constructor(private readonly commands: CommandBus) {}

  /** Signs in as before, with the same password and roles. */
  @Post(':id/reactivate')
  @HttpCode(200)
  @CommandRoute('identity')
  @RequirePermission('users:manage')
  @ApiOkResponse({ type: UserAnswerView })
  @ApiConflictResponse({ description: 'identity.own-account' })
  reactivate(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    return this.commands.execute(new ReactivateUser(id, principal.id));
  }
}
