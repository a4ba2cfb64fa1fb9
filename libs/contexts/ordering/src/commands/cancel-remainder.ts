import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { IfGiven } from '@adapters/runtime/src/http/if-given.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { IsString, Length } from 'class-validator';
import { OrderAnswerView } from '../order-answer.view.js';
import { Orders } from '../orders.js';

export class CancelRemainderBody {
  @ApiPropertyOptional({ example: 'broken in the warehouse', default: 'not available' })
  @IfGiven()
  @IsString()
  @Length(1, 200)
  reason?: string;
}

/** What has not shipped of an order of which a part has never will. */
export class CancelRemainder {
  constructor(
    readonly orderId: string,
    readonly reason: string,
  ) {}
}

@CommandHandler(CancelRemainder)
export class CancelRemainderHandler implements ICommandHandler<CancelRemainder> {
  constructor(private readonly orders: Orders) {}

  execute({ orderId, reason }: CancelRemainder): Promise<CommandOutcome> {
    return this.orders.move(orderId, { type: 'CancelRemainder', data: { orderId, reason } });
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class CancelRemainderRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/cancel-remainder')
  @ApiOperation({
    description:
      'Of an order of which a part has shipped, the rest never will. It is credited with its share of the tax, its goods are released and its money is given back; the order has shipped with what went out.',
  })
  @HttpCode(200)
  @CommandRoute('ordering')
  @RequirePermission('orders:manage')
  @ApiOkResponse({ type: OrderAnswerView })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found' })
  @ApiConflictResponse({ description: 'ordering.remainder-not-cancellable' })
  cancel(@Param('id') id: string, @Body() body: CancelRemainderBody): Promise<CommandOutcome> {
    return this.commands.execute(new CancelRemainder(id, body?.reason ?? 'not available'));
  }
}
