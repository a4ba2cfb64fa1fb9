import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { OrderAnswerView } from '../order-answer.view.js';
import { Orders } from '../orders.js';

export class DeliverOrder {
  constructor(readonly orderId: string) {}
}

@CommandHandler(DeliverOrder)
export class DeliverOrderHandler implements ICommandHandler<DeliverOrder> {
  constructor(private readonly orders: Orders) {}

  execute({ orderId }: DeliverOrder): Promise<CommandOutcome> {
    return this.orders.move(orderId, { type: 'DeliverOrder', data: { orderId } });
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class DeliverOrderRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/deliver')
  @ApiOperation({ description: 'All of its parcels have arrived.' })
  @HttpCode(200)
  @CommandRoute('ordering')
  @RequirePermission('orders:manage')
  @ApiOkResponse({ type: OrderAnswerView })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found' })
  @ApiConflictResponse({ description: 'ordering.order-not-deliverable' })
  deliver(@Param('id') id: string): Promise<CommandOutcome> {
    return this.commands.execute(new DeliverOrder(id));
  }
}
