import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiProperty, ApiTags, ApiUnauthorizedResponse } from '@nestjs/swagger';
import { LimitSignIns, Passwords, Public, TokenIssuer, type IssuedToken } from '@adapters/runtime/src/auth/index.js';
import { Refusal } from '@kernel/refusal.js';
import { IsString, Length } from 'class-validator';
import { permissionsOf } from '../contract/roles.js';
import { NormalisedEmail } from './fields.js';
import { Users } from './users.js';

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

class AccessTokenView implements IssuedToken {
  @ApiProperty()
  accessToken: string;

  @ApiProperty({ enum: ['Bearer'] })
  tokenType: 'Bearer';

  @ApiProperty({ description: 'Seconds until it expires', example: 900 })
  expiresIn: number;
}

export class LogIn {
  constructor(
    readonly email: string,
    readonly password: string,
  ) {}
}

@CommandHandler(LogIn)
export class LogInHandler implements ICommandHandler<LogIn> {
  constructor(
    private readonly users: Users,
    private readonly passwords: Passwords,
    private readonly tokens: TokenIssuer,
  ) {}

  /** @throws Refusal `identity.credentials-invalid`, after the same time and in the same words for an unknown email, a wrong password and a deactivated account */
  async execute({ email, password }: LogIn): Promise<IssuedToken> {
    const account = await this.users.byEmail(email);
    // The password is compared whatever the account's status, or the time would tell who is deactivated.
    const matches = await this.passwords.matches(password, account?.passwordHash ?? null);
    if (account?.status !== 'active' || !matches)
      throw new Refusal('identity.credentials-invalid', 'unauthenticated', 'The email or the password is not right');
    return this.tokens.issue({ id: account.id, roles: account.roles, permissions: permissionsOf(account.roles) });
  }
}

@ApiTags('auth')
@Controller('api/v1/auth')
export class LogInRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('login')
  @HttpCode(200)
  @Public()
  @LimitSignIns()
  @ApiOkResponse({ type: AccessTokenView })
  @ApiUnauthorizedResponse({ description: 'identity.credentials-invalid' })
  logIn(@Body() { email, password }: LogInBody): Promise<IssuedToken> {
    return this.commands.execute(new LogIn(email, password));
  }
}
