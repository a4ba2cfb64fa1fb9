import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiCreatedResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { LimitRegistrations, Public } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { IsEmail, IsString, Length, MaxLength } from 'class-validator';
import { FitsBcrypt, NormalisedEmail, Trimmed } from './fields.js';
import { UserAnswerView } from './user-answer.view.js';
import { Users } from './users.js';

export class RegisterBody {
  @ApiProperty({ example: 'ada@example.org', maxLength: 254 })
  @NormalisedEmail()
  @IsEmail({}, { message: 'email must be an email address' })
  @MaxLength(254)
  email: string;

  @ApiProperty({ example: 'correct horse battery', description: '8 to 72 bytes in UTF-8', writeOnly: true })
  @FitsBcrypt()
  password: string;

  @ApiProperty({ example: 'Ada Lovelace', maxLength: 200 })
  @Trimmed()
  @IsString()
  @Length(1, 200)
  name: string;
}

export class Register {
  constructor(
    readonly email: string,
    readonly password: string,
    readonly name: string,
  ) {}
}

@CommandHandler(Register)
export class RegisterHandler implements ICommandHandler<Register> {
  constructor(private readonly users: Users) {}

  execute({ email, password, name }: Register): Promise<CommandOutcome> {
    return this.users.register({ email, password, name, roles: ['customer'] });
  }
}

@ApiTags('auth')
@Controller('api/v1/auth')
export class RegisterRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('register')
  @ApiOperation({ description: 'Makes the account of a customer. It starts no session: log in next.' })
  @HttpCode(201)
  @CommandRoute('identity')
  @Public()
  @LimitRegistrations()
  @ApiCreatedResponse({ type: UserAnswerView })
  @ApiConflictResponse({ description: 'identity.email-taken' })
  register(@Body() { email, password, name }: RegisterBody): Promise<CommandOutcome> {
    return this.commands.execute(new Register(email, password, name));
  }
}
