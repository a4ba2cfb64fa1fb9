import { Body, Controller, Header, Headers, HttpCode, Ip, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags, ApiTooManyRequestsResponse, ApiUnauthorizedResponse } from '@nestjs/swagger';
import { LimitSignIns, Passwords, Public, SignInLockout } from '@adapters/runtime/src/auth/index.js';
import { Clock } from '@kernel/clock.js';
import { Refusal } from '@kernel/refusal.js';
import { IsString, Length } from 'class-validator';
import { Accounts, type SigningAccount } from './accounts.js';
import { NormalisedEmail } from './fields.js';
import { Sessions } from './sessions.js';
import { SignedInView, SigningIn } from './signed-in.js';
import { tryAgain } from './try-again.js';

/** Checks lengths only: what a password must be like is for the registration to say, not for whoever is guessing. */
export class LogInBody {
  @ApiProperty({ example: 'ada@example.org' })
  @NormalisedEmail()
  @IsString()
  @Length(1, 254)
  email: string;

  @ApiProperty({ example: 'correct horse battery', writeOnly: true })
  @IsString()
  @Length(1, 1000)
  password: string;
}

export class LogIn {
  constructor(
    readonly email: string,
    readonly password: string,
    /** Whom it came from: attempts are counted by it. */
    readonly address: string,
    readonly userAgent: string | undefined,
  ) {}
}

@CommandHandler(LogIn)
export class LogInHandler implements ICommandHandler<LogIn> {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly signingIn: SigningIn,
    private readonly passwords: Passwords,
    private readonly lockout: SignInLockout,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws Refusal `identity.credentials-invalid`, after the same time and in the same words for an unknown email, a wrong password and a
   *         deactivated account; `identity.sign-in-locked` after too many of them, whether or not there is such an account
   */
  async execute({ email, password, address, userAgent }: LogIn): Promise<SignedInView> {
    const attempt = await this.lockout.attempt(this.accounts.attemptKey(email), address);
    const answer = await tryAgain(async () => {
      const before = this.clock.now();
      const account = await this.verified(email, password);
      const rehashed = this.passwords.isOutdated(account.passwordHash!) ? await this.passwords.hash(password) : undefined;
      return this.signingIn.answer(await this.sessions.start(account, userAgent, rehashed), account, before);
    });
    await attempt.succeeded();
    return answer;
  }

  private async verified(email: string, password: string): Promise<SigningAccount> {
    const account = await this.accounts.byEmail(email);
    // The password is compared whatever the account's status, or the time would tell who is deactivated.
    const matches = await this.passwords.matches(password, account?.passwordHash ?? null);
    if (account?.status === 'active' && matches) return account;
    throw new Refusal('identity.credentials-invalid', 'unauthenticated', 'The email or the password is not right');
  }
}

@ApiTags('auth')
@Controller('api/v1/auth')
export class LogInRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('login')
  @ApiOperation({ description: 'Starts a session: an access token for some minutes, and a refresh token that is exchanged for the next ones.' })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Public()
  @LimitSignIns()
  @ApiOkResponse({ type: SignedInView })
  @ApiUnauthorizedResponse({ description: 'identity.credentials-invalid' })
  @ApiTooManyRequestsResponse({ description: 'identity.sign-in-locked, rate-limit.exceeded' })
  logIn(@Body() { email, password }: LogInBody, @Ip() address: string, @Headers('user-agent') userAgent?: string): Promise<SignedInView> {
    return this.commands.execute(new LogIn(email, password, address, userAgent));
  }
}
