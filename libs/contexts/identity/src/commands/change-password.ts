import { Body, Controller, HttpCode, Ip, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiForbiddenResponse, ApiNoContentResponse, ApiOperation, ApiProperty, ApiTags, ApiTooManyRequestsResponse } from '@nestjs/swagger';
import { CurrentPrincipal, LimitSignIns, Passwords, SignedIn } from '@adapters/runtime/src/auth/index.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { IsString, Length } from 'class-validator';
import { FitsBcrypt } from './fields.js';
import { OwnPassword } from './own-password.js';
import { Sessions } from './sessions.js';
import { Users } from './users.js';

export class ChangePasswordBody {
  @ApiProperty({ example: 'correct horse battery', writeOnly: true })
  @IsString()
  @Length(1, 1000)
  currentPassword: string;

  @ApiProperty({ example: 'staple correct horse', description: '8 to 72 bytes in UTF-8', writeOnly: true })
  @FitsBcrypt()
  newPassword: string;
}

export class ChangePassword {
  constructor(
    readonly userId: string,
    readonly sessionId: string,
    readonly currentPassword: string,
    readonly newPassword: string,
    readonly address: string,
  ) {}
}

@CommandHandler(ChangePassword)
export class ChangePasswordHandler implements ICommandHandler<ChangePassword> {
  constructor(
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly ownPassword: OwnPassword,
  ) {}

  /**
   * The event, the new hash and the end of all other sessions in one transaction. One that began with the old password between the look at them and
   * the transaction ends after it; none can begin later, and were this one to die before that, its first refresh would end it.
   * @throws Refusal of `OwnPassword.verify`
   */
  async execute({ userId, sessionId, currentPassword, newPassword, address }: ChangePassword): Promise<CommandOutcome> {
    await this.ownPassword.verify(userId, currentPassword, address);
    const passwordHash = await this.passwords.hash(newPassword);
    const outcome = await this.users.repository.execute(
      userId,
      { type: 'ChangePassword', data: { userId } },
      ({ version }) => ({ status: 204, body: undefined, version }),
      async ({ version }) => [
        {
          stream: this.users.repository.stream(userId),
          expectedVersion: version,
          events: [],
          inline: [{ table: 'credential', key: 'user_id', row: { user_id: userId, password_hash: passwordHash, version } }],
        },
        ...(await this.sessions.endings(userId, 'password-changed', sessionId)),
        ...(await this.sessions.keep(sessionId, version)),
      ],
    );
    await this.sessions.endThoseBefore(userId, outcome.version!);
    return outcome;
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class ChangePasswordRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('me/password')
  @ApiOperation({ description: 'Ends all other sessions of the user.' })
  @HttpCode(204)
  @LimitSignIns()
  @SignedIn()
  @ApiNoContentResponse()
  @ApiForbiddenResponse({ description: 'identity.password-wrong' })
  @ApiTooManyRequestsResponse({ description: 'identity.sign-in-locked, rate-limit.exceeded' })
  async change(
    @Body() { currentPassword, newPassword }: ChangePasswordBody,
    @CurrentPrincipal() { id, sessionId }: Principal,
    @Ip() address: string,
  ): Promise<void> {
    await this.commands.execute(new ChangePassword(id, sessionId, currentPassword, newPassword, address));
  }
}
