import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiCreatedResponse, ApiNotFoundResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { IsNestedArray } from '@adapters/runtime/src/http/nested.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { IsString, Length } from 'class-validator';
import { v7 as uuidv7 } from 'uuid';
import type { CreditNoteRecorded } from '../contract/events.js';
import { MoneyView } from '../order-answer.view.js';
import { Orders } from '../orders.js';
import { OrderLineBody } from './order-line.body.js';

export class CreditOrderBody {
  @ApiProperty({ type: [OrderLineBody] })
  @IsNestedArray(() => OrderLineBody, { least: 1, most: 500 })
  lines: OrderLineBody[];

  @ApiProperty({ example: 'arrived broken' })
  @IsString()
  @Length(1, 200)
  reason: string;
}

class CreditNoteView {
  @ApiProperty()
  id: string;

  @ApiProperty()
  orderId: string;

  @ApiProperty()
  total: MoneyView;

  @ApiProperty({ description: 'Version of the order; also the ETag' })
  version: number;
}

export class CreditOrder {
  constructor(
    readonly orderId: string,
    readonly reason: string,
    readonly lines: readonly { sku: string; quantity: number }[],
  ) {}
}

@CommandHandler(CreditOrder)
export class CreditOrderHandler implements ICommandHandler<CreditOrder> {
  constructor(private readonly orders: Orders) {}

  execute({ orderId, reason, lines }: CreditOrder): Promise<CommandOutcome> {
    const creditNoteId = uuidv7();
    const command = { type: 'CreditOrder' as const, data: { orderId, creditNoteId, reason, lines } };
    return this.orders.repository.execute(orderId, command, ({ events, version }) => {
      const { total, currency } = (events[0] as CreditNoteRecorded).data;
      const body: CreditNoteView = { id: creditNoteId, orderId, total: { amount: total, currency }, version };
      return { status: 201, body, version, location: `/api/v1/orders/${orderId}/history` };
    });
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class CreditOrderRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/credit-notes')
  @ApiOperation({ description: 'Credits lines of what has shipped without anything coming back.' })
  @HttpCode(201)
  @CommandRoute('ordering')
  @RequirePermission('orders:manage')
  @ApiCreatedResponse({ type: CreditNoteView })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found' })
  @ApiConflictResponse({ description: 'ordering.order-not-creditable, ordering.credit-exceeds-order' })
  credit(@Param('id') id: string, @Body() body: CreditOrderBody): Promise<CommandOutcome> {
    return this.commands.execute(new CreditOrder(id, body.reason, body.lines));
  }
}
