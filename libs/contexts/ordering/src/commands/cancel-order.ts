import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { IsOptional, IsString, Length } from 'class-validator';
import { OrderAnswerView } from '../order-answer.view.js';
import { Orders } from '../orders.js';

export class CancelOrderBody {
  @ApiPropertyOptional({ example: 'changed my mind', default: 'requested' })
  @IsOptional()
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
    if (onlyOf !== null) await this.mustBelongTo(orderId, onlyOf);
    return this.orders.move(orderId, { type: 'CancelOrder', data: { orderId, reason } });
  }

  /** A stranger's order is answered as one that does not exist, so that ids tell nothing. An order never changes hands. */
  private async mustBelongTo(orderId: string, customerId: string): Promise<void> {
    const { state } = await this.orders.repository.load(orderId, { version: 1 });
    if (state.status === 'none' || state.customerId !== customerId)
      throw new Refusal('ordering.order-not-found', 'not-found', 'There is no such order');
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class CancelOrderRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/cancel')
  @HttpCode(200)
  @CommandRoute('ordering')
  @RequirePermission('orders:cancel:own')
  @ApiOkResponse({ type: OrderAnswerView })
  cancel(@Param('id') id: string, @Body() body: CancelOrderBody, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    const onlyOf = principal.permissions.includes('orders:manage') ? null : principal.id;
    return this.commands.execute(new CancelOrder(id, body?.reason ?? 'requested', onlyOf));
  }
}
