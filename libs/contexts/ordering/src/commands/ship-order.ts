import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { IfGiven } from '@adapters/runtime/src/http/if-given.js';
import { IsNestedArray } from '@adapters/runtime/src/http/nested.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { Matches } from 'class-validator';
import { v7 as uuidv7 } from 'uuid';
import { Fulfilments } from '../fulfilments.js';
import { OrderAnswerView } from '../order-answer.view.js';
import { Orders, toAnswer } from '../orders.js';
import { OrderLineBody } from './order-line.body.js';

export class ShipOrderBody {
  @ApiPropertyOptional({ description: 'Once an order; made up where it is left out', example: 'parcel-1' })
  @IfGiven()
  @Matches(/^[A-Za-z0-9._-]{1,64}$/, { message: 'parcelId must be 1 to 64 letters, digits, dots, dashes or underscores' })
  parcelId?: string;

  @ApiPropertyOptional({ type: [OrderLineBody], description: 'What is in the parcel; all that is left where it is left out' })
  @IfGiven()
  @IsNestedArray(() => OrderLineBody, { least: 1, most: 500 })
  lines?: OrderLineBody[];
}

class ParcelAnswerView extends OrderAnswerView {
  @ApiProperty()
  parcelId: string;
}

/** One parcel of an order goes out. */
export class ShipOrder {
  constructor(
    readonly orderId: string,
    readonly parcelId: string | null = null,
    /** Null for all that is left. */
    readonly lines: readonly { sku: string; quantity: number }[] | null = null,
  ) {}
}

@CommandHandler(ShipOrder)
export class ShipOrderHandler implements ICommandHandler<ShipOrder> {
  constructor(
    private readonly orders: Orders,
    private readonly fulfilments: Fulfilments,
  ) {}

  async execute({ orderId, parcelId: given, lines }: ShipOrder): Promise<CommandOutcome> {
    const parcelId = given ?? uuidv7();
    const awaits = await this.fulfilments.awaits(orderId);
    return this.orders.repository.execute(orderId, { type: 'ShipOrder', data: { orderId, parcelId, lines, awaits } }, (decided) => ({
      status: 200,
      body: { ...toAnswer(orderId, decided), parcelId },
      version: decided.version,
    }));
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class ShipOrderRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/ship')
  @ApiOperation({
    description:
      'One parcel goes out: all that is left, or the lines that are named. Its workflow takes the goods off stock and captures the payment.',
  })
  @HttpCode(200)
  @CommandRoute('ordering')
  @RequirePermission('orders:manage')
  @ApiOkResponse({ type: ParcelAnswerView })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found' })
  @ApiConflictResponse({
    description: 'ordering.order-not-shippable, ordering.order-not-secured, ordering.parcel-exists, ordering.shipment-exceeds-order',
  })
  ship(@Param('id') id: string, @Body() body: ShipOrderBody): Promise<CommandOutcome> {
    return this.commands.execute(new ShipOrder(id, body?.parcelId ?? null, body?.lines ?? null));
  }
}
