import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { IsInstant, isInstant } from '@adapters/runtime/src/http/instant.js';
import { decodeCursor, page } from '@adapters/runtime/src/http/cursor.js';
import { PageQuery } from '@adapters/runtime/src/http/page.query.js';
import { canonical } from '@kernel/money.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { ORDER_STATUSES } from '../../orders.js';
import { OrderPageView, type OrderSummaryView } from './order.view.js';

export class ListOrdersQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ORDER_STATUSES })
  @IsOptional()
  @IsIn(ORDER_STATUSES)
  status?: string;

  @ApiPropertyOptional({ description: "Somebody else's orders; needs orders:read:any" })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  customerId?: string;

  @ApiPropertyOptional({ description: 'Placed at this instant or later' })
  @IsOptional()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ description: 'Placed before this instant' })
  @IsOptional()
  @IsInstant()
  to?: string;
}

interface OrderRow {
  id: string;
  user_id: string | null;
  status: string;
  channel: string;
  country: string;
  currency: string;
  total: string;
  units: number;
  placed_ms: number;
  version: number;
}

const COLUMNS = `id, user_id, status, channel, country, currency, total::text, units,
  (extract(epoch from placed_at) * 1000)::float8 as placed_ms, version`;

export class ListOrders {
  constructor(readonly asked: ListOrdersQuery) {}
}

@QueryHandler(ListOrders)
export class ListOrdersHandler implements IQueryHandler<ListOrders, OrderPageView> {
  constructor(private readonly reads: TransactionalReads) {}

  async execute({ asked }: ListOrders): Promise<OrderPageView> {
    const { name, text, values } = listStatement(asked);
    const rows = await this.reads.list<OrderRow>('ordering', { name, text }, values);
    return page(rows, asked.limit, (row) => [instant(row), row.id], toSummary);
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class ListOrdersRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    description:
      'One’s own orders, or with orders:read:any everybody’s, newest first. Stable under inserts: what is added meanwhile shows nothing twice and leaves nothing out.',
  })
  @CurrentRead()
  @RequirePermission('orders:read:own')
  @ApiOkResponse({ type: OrderPageView })
  list(@Query() query: ListOrdersQuery, @CurrentPrincipal() principal: Principal): Promise<OrderPageView> {
    return this.queries.execute(new ListOrders({ ...query, customerId: scopeOf(query.customerId, principal) }));
  }
}

/** Whose orders are listed: undefined for everybody's. */
function scopeOf(asked: string | undefined, principal: Principal): string | undefined {
  if (principal.permissions.includes('orders:read:any')) return asked;
  if (asked !== undefined && asked !== principal.id)
    throw new Refusal('auth.forbidden', 'forbidden', "Another customer's orders need orders:read:any");
  return principal.id;
}

/** One text for each set of filters, so that each is planned for the index that serves it. */
function listStatement({ status, customerId, from, to, limit, cursor }: ListOrdersQuery) {
  const values: unknown[] = [limit + 1];
  const conditions = new Map<string, string>();
  const bind = (value: unknown): string => `$${values.push(value)}`;
  if (customerId !== undefined) conditions.set('customer', `user_id = ${bind(customerId)}`);
  if (status !== undefined) conditions.set('status', `status = ${bind(status)}`);
  if (from !== undefined) conditions.set('from', `placed_at >= ${bind(from)}::timestamptz`);
  if (to !== undefined) conditions.set('to', `placed_at < ${bind(to)}::timestamptz`);
  if (cursor !== undefined) {
    const [placedAt, id] = decodeCursor(cursor, 2);
    if (!isInstant(placedAt)) decodeCursor('', 2);
    conditions.set('cursor', `(placed_at, id) < (${bind(placedAt)}::timestamptz, ${bind(id)})`);
  }
  const where = conditions.size > 0 ? `where ${[...conditions.values()].join(' and ')}` : '';
  const text = `select ${COLUMNS} from ordering.orders ${where} order by placed_at desc, id desc limit $1`;
  return { name: `list-orders:${[...conditions.keys()].join('+')}`, text, values };
}

const instant = (row: OrderRow): string => new Date(row.placed_ms).toISOString();

const toSummary = (row: OrderRow): OrderSummaryView => ({
  id: row.id,
  status: row.status,
  customerId: row.user_id,
  channel: row.channel,
  country: row.country,
  total: { amount: canonical(row.total), currency: row.currency },
  units: row.units,
  placedAt: instant(row),
  version: row.version,
});
