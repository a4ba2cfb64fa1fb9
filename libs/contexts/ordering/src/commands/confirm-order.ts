import { Controller, HttpCode, Injectable, Param, Post, type OnModuleInit } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { CommandInbox, touch } from '@kernel/ports/command-inbox.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { orderingSagaCommands } from '../contract/saga-commands.js';
import { Fulfilments } from '../fulfilments.js';
import { OrderAnswerView } from '../order-answer.view.js';
import { Orders } from '../orders.js';

export class ConfirmOrder {
  constructor(readonly orderId: string) {}
}

@CommandHandler(ConfirmOrder)
export class ConfirmOrderHandler implements ICommandHandler<ConfirmOrder> {
  constructor(
    private readonly orders: Orders,
    private readonly fulfilments: Fulfilments,
  ) {}

  async execute({ orderId }: ConfirmOrder): Promise<CommandOutcome> {
    const awaits = await this.fulfilments.awaits(orderId);
    return this.orders.move(orderId, { type: 'ConfirmOrder', data: { orderId, awaits } });
  }
}

/** A workflow's way to it, on which an order that is confirmed already is no refusal. */
@Injectable()
export class ConfirmOrderForSagas implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly orders: Orders,
  ) {}

  onModuleInit(): void {
    this.inbox.register({
      context: 'ordering',
      name: 'ConfirmOrder',
      schema: orderingSagaCommands.ConfirmOrder,
      touches: ({ orderId }) => [touch(this.orders.repository, orderId)],
      decide: ({ data }, work) => void work.decide(this.orders.repository, data.orderId, { type: 'EnsureConfirmed', data }),
    });
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class ConfirmOrderRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/confirm')
  @ApiOperation({ description: 'For an order whose goods and payment are set apart, which its workflow confirms by itself at once.' })
  @HttpCode(200)
  @CommandRoute('ordering')
  @RequirePermission('orders:manage')
  @ApiOkResponse({ type: OrderAnswerView })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found' })
  @ApiConflictResponse({ description: 'ordering.order-not-confirmable, ordering.order-not-secured' })
  confirm(@Param('id') id: string): Promise<CommandOutcome> {
    return this.commands.execute(new ConfirmOrder(id));
  }
}
