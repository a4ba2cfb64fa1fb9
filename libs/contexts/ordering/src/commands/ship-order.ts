import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { OrderAnswerView } from '../order-answer.view.js';
import { Orders } from '../orders.js';

export class ShipOrder {
  constructor(readonly orderId: string) {}
}

@CommandHandler(ShipOrder)
export class ShipOrderHandler implements ICommandHandler<ShipOrder> {
  constructor(private readonly orders: Orders) {}

  execute({ orderId }: ShipOrder): Promise<CommandOutcome> {
    return this.orders.move(orderId, { type: 'ShipOrder', data: { orderId } });
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class ShipOrderRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/ship')
  @HttpCode(200)
  @CommandRoute('ordering')
  @RequirePermission('orders:manage')
  @ApiOkResponse({ type: OrderAnswerView })
  ship(@Param('id') id: string): Promise<CommandOutcome> {
    return this.commands.execute(new ShipOrder(id));
  }
}
