import { Body, Controller, HttpCode, Injectable, Param, Post, type OnModuleInit } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { IfGiven } from '@adapters/runtime/src/http/if-given.js';
import { CommandInbox, touch } from '@kernel/ports/command-inbox.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { IsString, Length } from 'class-validator';
import { orderingSagaCommands } from '../contract/saga-commands.js';
import { OrderAnswerView } from '../order-answer.view.js';
import { Orders, ownOrAny } from '../orders.js';

export class CancelOrderBody {
  @ApiPropertyOptional({ example: 'changed my mind', default: 'requested' })
  @IfGiven()
  @IsString()
  @Length(1, 200)
  reason?: string;
}

export class CancelOrder {
  constructor(
    readonly orderId: string,
    readonly reason: string,
    /** Only this customer's order; null for anyone's. */
    readonly onlyOf: string | null,
  ) {}
}

@CommandHandler(CancelOrder)
export class CancelOrderHandler implements ICommandHandler<CancelOrder> {
  constructor(private readonly orders: Orders) {}

  async execute({ orderId, reason, onlyOf }: CancelOrder): Promise<CommandOutcome> {
    if (onlyOf !== null) await this.orders.mustBelongTo(orderId, onlyOf);
    return this.orders.move(orderId, { type: 'CancelOrder', data: { orderId, reason } });
  }
}

/** A workflow's way to it, on which an order that is cancelled already is no refusal. */
@Injectable()
export class CancelOrderForSagas implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly orders: Orders,
  ) {}

  onModuleInit(): void {
    this.inbox.register({
      context: 'ordering',
      name: 'CancelOrder',
      schema: orderingSagaCommands.CancelOrder,
      touches: ({ orderId }) => [touch(this.orders.repository, orderId)],
      decide: ({ data }, work) => void work.decide(this.orders.repository, data.orderId, { type: 'EnsureCancelled', data }),
    });
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class CancelOrderRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/cancel')
  @ApiOperation({ description: 'Until it ships. Goods are released and the payment is voided or given back.' })
  @HttpCode(200)
  @CommandRoute('ordering')
  @RequirePermission('orders:cancel:own')
  @ApiOkResponse({ type: OrderAnswerView })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found' })
  @ApiConflictResponse({ description: 'ordering.order-not-cancellable' })
  cancel(@Param('id') id: string, @Body() body: CancelOrderBody, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    return this.commands.execute(new CancelOrder(id, body?.reason ?? 'requested', ownOrAny(principal)));
  }
}
