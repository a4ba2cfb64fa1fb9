import { Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiForbiddenResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { ensure } from '@kernel/refusal.js';
import { ErasureView } from '../erasure.js';
import { Erasures } from './erasures.js';

export class EraseUser {
  constructor(
    readonly userId: string,
    readonly by: Principal,
  ) {}
}

@CommandHandler(EraseUser)
export class EraseUserHandler implements ICommandHandler<EraseUser> {
  constructor(private readonly erasures: Erasures) {}

  async execute({ userId, by }: EraseUser): Promise<CommandOutcome> {
    ensure(userId !== by.id, 'identity.own-account', 'This is for another administrator to do, or for yourself with your password: DELETE /users/me');
    return this.erasures.erase(userId, by);
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class EraseUserRoute {
  constructor(private readonly commands: CommandBus) {}

  @Delete(':id')
  @ApiOperation({
    description:
      'Destroys the user’s key, credential and email hash and ends all sessions, for good: nothing can show the person any more, while figures stay as they are. Orders under way go on. Answers with the receipt, again for one who is erased already.',
  })
  @HttpCode(200)
  @CommandRoute('identity')
  @RequirePermission('users:erase')
  @ApiOkResponse({ type: ErasureView })
  @ApiForbiddenResponse({ description: 'identity.privilege-escalation' })
  @ApiNotFoundResponse({ description: 'identity.user-not-found' })
  @ApiConflictResponse({ description: 'identity.own-account, identity.last-administrator' })
  erase(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    return this.commands.execute(new EraseUser(id, principal));
  }
}
