import { Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiNoContentResponse, ApiNotFoundResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, SignedIn } from '@adapters/runtime/src/auth/index.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import type { EndReason } from '../contract/session-events.js';
import { Sessions } from './sessions.js';
import { tryAgain } from './try-again.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One session of a user. */
export class EndSession {
  constructor(
    readonly userId: string,
    readonly sessionId: string,
    readonly reason: EndReason,
  ) {}
}

@CommandHandler(EndSession)
export class EndSessionHandler implements ICommandHandler<EndSession> {
  constructor(private readonly sessions: Sessions) {}

  /** @throws Refusal `identity.session-not-found`, also for somebody else's */
  execute({ userId, sessionId, reason }: EndSession): Promise<void> {
    return tryAgain(async () => {
      const credential = UUID.test(sessionId) ? await this.sessions.credential(sessionId) : undefined;
      if (credential?.userId !== userId) throw new Refusal('identity.session-not-found', 'not-found', 'There is no such session of yours');
      await this.sessions.end(credential, reason);
    });
  }
}

/** All of a user's sessions but one. */
export class EndOtherSessions {
  constructor(
    readonly userId: string,
    readonly sessionId: string,
  ) {}
}

@CommandHandler(EndOtherSessions)
export class EndOtherSessionsHandler implements ICommandHandler<EndOtherSessions> {
  constructor(private readonly sessions: Sessions) {}

  execute({ userId, sessionId }: EndOtherSessions): Promise<void> {
    return tryAgain(async () => {
      const endings = await this.sessions.endings(userId, 'ended', sessionId);
      if (endings.length > 0) await this.sessions.store(endings);
    });
  }
}

@ApiTags('auth')
@Controller('api/v1')
export class EndSessionsRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('auth/logout')
  @ApiOperation({ operationId: 'logOut', description: 'Ends the session of this access token: neither it nor the refresh token count any more.' })
  @HttpCode(204)
  @SignedIn()
  @ApiNoContentResponse()
  async logOut(@CurrentPrincipal() { id, sessionId }: Principal): Promise<void> {
    await this.commands.execute(new EndSession(id, sessionId, 'logged-out'));
  }

  @Delete('users/me/sessions/:id')
  @ApiOperation({ operationId: 'endSession', description: 'Ends one of one’s own sessions; its access tokens end within a second.' })
  @HttpCode(204)
  @SignedIn()
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'identity.session-not-found' })
  async end(@Param('id') sessionId: string, @CurrentPrincipal() { id }: Principal): Promise<void> {
    await this.commands.execute(new EndSession(id, sessionId, 'ended'));
  }

  @Delete('users/me/sessions')
  @ApiOperation({ operationId: 'endOtherSessions', description: 'Ends all of one’s own sessions but the one that asks.' })
  @HttpCode(204)
  @SignedIn()
  @ApiNoContentResponse()
  async endOthers(@CurrentPrincipal() { id, sessionId }: Principal): Promise<void> {
    await this.commands.execute(new EndOtherSessions(id, sessionId));
  }
}
