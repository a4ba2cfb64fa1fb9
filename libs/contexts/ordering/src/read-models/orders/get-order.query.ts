import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { IsInstant } from '@adapters/runtime/src/http/instant.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { Orders, type PlacedOrder } from '../../orders.js';
import { Payments, toFigures } from '../../payments.js';
import { OrderView } from './order.view.js';

export class GetOrderQuery {
  @ApiPropertyOptional({ description: 'The order as it was at this instant of business time' })
  @IsOptional()
  @IsInstant()
  at?: string;

  @ApiPropertyOptional({ description: 'The order as it was at this version' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  version?: number;
}

const notFound = (): Refusal => new Refusal('ordering.order-not-found', 'not-found', 'There is no such order');

/** One order, as it is or as it was. */
export class GetOrder {
  constructor(
    readonly id: string,
    readonly asker: Principal,
    readonly upTo: { readonly at?: string; readonly version?: number },
  ) {}
}

@QueryHandler(GetOrder)
export class GetOrderHandler implements IQueryHandler<GetOrder, OrderView> {
  constructor(
    private readonly orders: Orders,
    private readonly payments: Payments,
  ) {}

  async execute({ id, asker, upTo }: GetOrder): Promise<OrderView> {
    // A version of the order says nothing of the payment, which is a stream of its own; an instant does of both.
    const ofVersion = upTo.version !== undefined;
    const [{ state, version }, payment] = await Promise.all([
      this.orders.repository.load(id, upTo),
      ofVersion ? undefined : this.payments.repository.load(id, upTo),
    ]);
    const order = visible(state as PlacedOrder, asker);
    if (upTo.version !== undefined && version < upTo.version && upTo.at === undefined) {
      throw new Refusal('ordering.version-not-reached', 'not-found', `The order is at version ${version}, not yet at ${upTo.version}`);
    }
    return { ...toView(id, order, version), ...(payment && { payment: order.payment && toFigures(payment.state) }) };
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class GetOrderRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id')
  @ApiOperation({
    description: 'An order as it is, or as it was at a version or an instant. Another customer’s order is answered as one that does not exist.',
  })
  @CurrentRead()
  @RequirePermission('orders:read:own')
  @ApiOkResponse({ type: OrderView })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found, ordering.version-not-reached' })
  async one(
    @Param('id') id: string,
    @Query() { at, version }: GetOrderQuery,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: { header(name: string, value: string): unknown },
  ): Promise<OrderView> {
    const upTo = { ...(at !== undefined && { at: new Date(at).toISOString() }), ...(version !== undefined && { version }) };
    const order = await this.queries.execute<GetOrder, OrderView>(new GetOrder(id, principal, upTo));
    reply.header('etag', `"${order.version}"`);
    return order;
  }
}

/** Another customer's order is answered as one that does not exist. */
export function visible(order: PlacedOrder | { status: 'none' }, principal: Principal): PlacedOrder {
  if (order.status === 'none') throw notFound();
  if (order.customerId !== principal.id && !principal.permissions.includes('orders:read:any')) throw notFound();
  return order;
}

function toView(id: string, order: PlacedOrder, version: number): OrderView {
  const { status, customerId, channel, country, currency, total, units, placedAt, lines, parcels, returns, cancellation } = order;
  return {
    id,
    status,
    customerId,
    channel,
    country,
    total: { amount: total, currency },
    units,
    placedAt,
    version,
    lines,
    parcels: parcels.map((parcel) => ({ id: parcel.parcelId, lines: parcel.lines })),
    returns: returns.map((each) => ({
      id: each.returnId,
      status: each.status,
      reason: each.reason,
      lines: each.lines,
      total: { amount: each.total, currency },
    })),
    cancellation,
  };
}
