import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags, ApiUnauthorizedResponse } from '@nestjs/swagger';
import { LimitRefreshes, Public, RefreshTokens, type RefreshToken } from '@adapters/runtime/src/auth/index.js';
import { Clock } from '@kernel/clock.js';
import { Refusal } from '@kernel/refusal.js';
import { IsString, Length } from 'class-validator';
import type { EndReason } from '../contract/session-events.js';
import type { SessionCredential } from '../session-credential.js';
import { Accounts, type SigningAccount } from './accounts.js';
import { Sessions, type OpenSession } from './sessions.js';
import { SignedInView, SigningIn } from './signed-in.js';
import { tryAgain } from './try-again.js';

/** How long a token that was exchanged is answered with the same successor, ms: for two requests at once, and for an answer that got lost. */
const GRACE_MS = 10_000;

export class RefreshBody {
  @ApiProperty({ example: 'V2hhdCBhIHN0cmFuZ2VyIGNhbm5vdCBndWVzcw', description: 'As it was last answered', writeOnly: true })
  @IsString()
  @Length(1, 1000)
  refreshToken: string;
}

export class RefreshSession {
  constructor(readonly refreshToken: string) {}
}

@CommandHandler(RefreshSession)
export class RefreshSessionHandler implements ICommandHandler<RefreshSession> {
  constructor(
    private readonly sessions: Sessions,
    private readonly accounts: Accounts,
    private readonly signingIn: SigningIn,
    private readonly tokens: RefreshTokens,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws Refusal `identity.refresh-token-invalid` for what this shop did not give out, `identity.refresh-token-reused` for what was exchanged
   *         before, which ends the session, and `auth.session-ended`
   */
  async execute({ refreshToken }: RefreshSession): Promise<SignedInView> {
    const presented = this.tokens.parse(refreshToken);
    if (!presented) throw invalid();
    return tryAgain(() => this.refresh(presented));
  }

  private async refresh(presented: RefreshToken): Promise<SignedInView> {
    const now = this.clock.now();
    const { sessionId } = presented;
    const [credential, loaded] = await Promise.all([this.sessions.credential(sessionId), this.sessions.repository.load(sessionId)]);
    if (!credential) throw invalid();
    if (credential.endedAt !== null) throw ended();
    // Whoever does not know what all tokens of the session have in common has held none: that ends nobody's session.
    if (!this.tokens.equal(this.tokens.familyDigest(presented), credential.familyHash)) throw invalid();
    // Read one after the other, with a refresh between them.
    if (credential.version !== loaded.version) throw new Refusal('concurrency.stale-version', 'stale', 'The session was refreshed meanwhile');
    const account = await this.accounts.byId(credential.userId);
    if (account?.status !== 'active') return this.endWith(credential, 'deactivated', ended());
    if (credential.credentialVersion < account.credentialVersion) return this.endWith(credential, 'password-changed', ended());
    const open = await this.exchange(presented, credential, () => this.sessions.rotate(credential, loaded, presented, account, now), now);
    return this.answer(open, account, now);
  }

  private async exchange(
    presented: RefreshToken,
    credential: SessionCredential,
    rotate: () => Promise<OpenSession | null>,
    now: string,
  ): Promise<OpenSession | null> {
    const digest = this.tokens.digest(presented);
    if (this.tokens.equal(digest, credential.currentHash)) return rotate();
    const { rotatedAt, successor } = credential;
    const isInGrace = rotatedAt !== null && Date.parse(now) - Date.parse(rotatedAt) < GRACE_MS && now < credential.idleUntil;
    if (isInGrace && successor !== null && this.tokens.equal(digest, credential.previousHash)) {
      return { credential, token: this.tokens.open(successor, presented) };
    }
    return this.endWith(credential, 'reuse', reused());
  }

  private async answer(open: OpenSession | null, account: SigningAccount, before: string): Promise<SignedInView> {
    if (!open) throw ended();
    return this.signingIn.answer(open, account, before);
  }

  private async endWith(credential: SessionCredential, reason: EndReason, refusal: Refusal): Promise<never> {
    await this.sessions.end(credential, reason);
    throw refusal;
  }
}

const invalid = (): Refusal =>
  new Refusal('identity.refresh-token-invalid', 'unauthenticated', 'This is not a refresh token of this shop; sign in again');
const ended = (): Refusal => new Refusal('auth.session-ended', 'unauthenticated', 'This session has ended; sign in again');
const reused = (): Refusal =>
  new Refusal(
    'identity.refresh-token-reused',
    'unauthenticated',
    'This refresh token was exchanged before, so that its session was ended; sign in again',
  );

@ApiTags('auth')
@Controller('api/v1/auth')
export class RefreshSessionRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('refresh')
  @ApiOperation({
    description: 'Exchanges a refresh token for an access token and the next refresh token, with roles and permissions as they are now.',
  })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Public()
  @LimitRefreshes()
  @ApiOkResponse({ type: SignedInView })
  @ApiUnauthorizedResponse({ description: 'identity.refresh-token-invalid, identity.refresh-token-reused, auth.session-ended' })
  refresh(@Body() { refreshToken }: RefreshBody): Promise<SignedInView> {
    return this.commands.execute(new RefreshSession(refreshToken));
  }
}
