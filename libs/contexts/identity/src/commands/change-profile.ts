import { Body, Controller, HttpCode, Ip, Patch } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiForbiddenResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { EventStores, UniqueViolation, type CommandOutcome, type StreamAppend } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { IsEmail, IsString, Length, MaxLength, ValidateIf } from 'class-validator';
import { normalisedEmail } from '../domain/email.js';
import type { ChangeProfile as DecideChange } from '../domain/user.js';
import { sealedProfileOf } from '../profile.js';
import { Accounts } from './accounts.js';
import { NormalisedEmail, Trimmed } from './fields.js';
import { OwnPassword } from './own-password.js';
import { UserAnswerView } from './user-answer.view.js';
import { emailTaken, toAnswer, userRow, Users } from './users.js';

const given = (field: keyof ChangeProfileBody) => ValidateIf((body: ChangeProfileBody) => body[field] !== undefined);

export class ChangeProfileBody {
  @ApiProperty({ example: 'Ada King', maxLength: 200, required: false })
  @given('name')
  @Trimmed()
  @IsString()
  @Length(1, 200)
  name?: string;

  @ApiProperty({ example: 'ada@example.org', maxLength: 254, required: false })
  @given('email')
  @NormalisedEmail()
  @IsEmail({}, { message: 'email must be an email address' })
  @MaxLength(254)
  email?: string;

  @ApiProperty({
    example: 'correct horse battery',
    description: 'Needed to change the email, since whoever has that can sign in',
    writeOnly: true,
    required: false,
  })
  @ValidateIf((body: ChangeProfileBody) => body.email !== undefined || body.currentPassword !== undefined)
  @IsString()
  @Length(1, 1000)
  currentPassword?: string;
}

export class ChangeProfile {
  constructor(
    readonly userId: string,
    readonly change: ChangeProfileBody,
    readonly address: string,
  ) {}
}

@CommandHandler(ChangeProfile)
export class ChangeProfileHandler implements ICommandHandler<ChangeProfile> {
  constructor(
    private readonly users: Users,
    private readonly accounts: Accounts,
    private readonly stores: EventStores,
    private readonly personalData: PersonalData,
    private readonly ownPassword: OwnPassword,
  ) {}

  /** Says nothing of what is as it was. @throws Refusal `identity.email-taken`, and those of `OwnPassword.verify` where the email changes */
  async execute({ userId, change, address }: ChangeProfile): Promise<CommandOutcome> {
    const { name, email, currentPassword } = change;
    if (email !== undefined) await this.ownPassword.verify(userId, currentPassword ?? '', address);
    const data = { userId, ...(await this.changed(userId, name, email)) };
    try {
      return await this.users.repository.execute(
        userId,
        { type: 'ChangeProfile', data },
        (decided) => ({ status: 200, body: toAnswer(userId, decided), version: decided.version }),
        ({ state, version }) => Promise.resolve(data.email && email ? [this.moved(userId, userRow(userId, state, version).row, email, version)] : []),
      );
    } catch (error) {
      throw error instanceof UniqueViolation && error.constraint === 'users_email_key' ? emailTaken() : error;
    }
  }

  private async changed(userId: string, name: string | undefined, email: string | undefined): Promise<Omit<DecideChange['data'], 'userId'>> {
    const profile = await sealedProfileOf(this.stores, userId);
    if (!profile) throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
    const differs = async (now: string | undefined, before: typeof profile.name) =>
      now !== undefined && now !== (await this.personalData.open(before));
    return {
      ...((await differs(name, profile.name)) && { name: await this.personalData.seal(userId, name!) }),
      ...((await differs(email, profile.email)) && { email: await this.personalData.seal(userId, normalisedEmail(email!)) }),
    };
  }

  /** The unique hash moves with the event: nobody else can take the new email between them, nor is the old one kept from others. */
  private moved(userId: string, row: Readonly<Record<string, unknown>>, email: string, version: number): StreamAppend {
    const inline = [{ table: 'users', key: 'id', row: { ...row, email_hash: this.accounts.emailHash(email) } }];
    return { stream: this.users.repository.stream(userId), expectedVersion: version, events: [], inline };
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class ChangeProfileRoute {
  constructor(private readonly commands: CommandBus) {}

  @Patch('me')
  @ApiOperation({
    summary: 'Change my profile',
    description: 'Changes what is given; what is left out stays. The email in access tokens follows at the next refresh.',
  })
  @HttpCode(200)
  @CommandRoute('identity')
  @RequirePermission('users:write:own')
  @ApiOkResponse({ type: UserAnswerView })
  @ApiForbiddenResponse({ description: 'identity.password-wrong' })
  @ApiConflictResponse({ description: 'identity.email-taken' })
  change(@Body() change: ChangeProfileBody, @CurrentPrincipal() { id }: Principal, @Ip() address: string): Promise<CommandOutcome> {
    return this.commands.execute(new ChangeProfile(id, change, address));
  }
}
