import { Body, Controller, Delete, HttpCode, Ip } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiForbiddenResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, LimitSignIns, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { IsString, Length } from 'class-validator';
import { ErasureView } from '../erasure.js';
import { Erasures } from './erasures.js';
import { OwnPassword } from './own-password.js';

export class EraseMeBody {
  @ApiProperty({ example: 'correct horse battery', description: 'The password of the account, as it is now', writeOnly: true })
  @IsString()
  @Length(1, 1000)
  password: string;
}

export class EraseMe {
  constructor(
    readonly userId: string,
    readonly password: string,
    readonly address: string,
  ) {}
}

@CommandHandler(EraseMe)
export class EraseMeHandler implements ICommandHandler<EraseMe> {
  constructor(
    private readonly erasures: Erasures,
    private readonly ownPassword: OwnPassword,
  ) {}

  /** @throws Refusal of `OwnPassword.verify`: whoever found an unlocked screen is not the person */
  async execute({ userId, password, address }: EraseMe): Promise<CommandOutcome> {
    await this.ownPassword.verify(userId, password, address);
    return this.erasures.erase(userId, 'themselves');
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class EraseMeRoute {
  constructor(private readonly commands: CommandBus) {}

  @Delete('me')
  @ApiOperation({
    summary: 'Erase my account',
    description: 'Erases one’s own account for good, as an administrator would. It takes the password, and ends the session that asks.',
  })
  @HttpCode(200)
  @CommandRoute('identity')
  @LimitSignIns()
  @RequirePermission('users:erase:own')
  @ApiOkResponse({ type: ErasureView })
  @ApiForbiddenResponse({ description: 'identity.password-wrong' })
  @ApiConflictResponse({ description: 'identity.last-administrator' })
  erase(@Body() { password }: EraseMeBody, @CurrentPrincipal() principal: Principal, @Ip() address: string): Promise<CommandOutcome> {
    return this.commands.execute(new EraseMe(principal.id, password, address));
  }
}
