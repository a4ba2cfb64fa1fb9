import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Principal } from '@kernel/principal.js';
import { Orders, type PlacedOrder } from '../../orders.js';
import { visible } from './get-order.query.js';
import { HistoryEventView } from './history-event.view.js';

/** Everything that ever happened to an order. */
export class GetOrderHistory {
  constructor(
    readonly id: string,
    readonly asker: Principal,
  ) {}
}

@QueryHandler(GetOrderHistory)
export class GetOrderHistoryHandler implements IQueryHandler<GetOrderHistory, HistoryEventView[]> {
  constructor(
    private readonly orders: Orders,
    private readonly reads: TransactionalReads,
  ) {}

  async execute({ id, asker }: GetOrderHistory): Promise<HistoryEventView[]> {
    visible((await this.orders.repository.load(id, { version: 1 })).state as PlacedOrder, asker);
    const positions = await this.positions(id);
    return (await this.orders.repository.history(id)).map((event) => ({ ...event, position: positions.get(event.id) ?? null }));
  }

  private async positions(id: string): Promise<Map<string, number>> {
    const text = `select e.id, l.position::float8 as position from ordering.event e join ordering.event_log l on l.event_id = e.id where e.stream_id = $1`;
    const rows = await this.reads.query<{ id: string; position: number }>('ordering', { name: 'order-positions', text }, [
      this.orders.repository.stream(id),
    ]);
    return new Map(rows.map((row) => [row.id, row.position]));
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class GetOrderHistoryRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id/history')
  @ApiOperation({ description: 'Every event of the order, the first one first.' })
  @CurrentRead()
  @RequirePermission('orders:read:own')
  @ApiOkResponse({ type: [HistoryEventView] })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found' })
  history(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<HistoryEventView[]> {
    return this.queries.execute(new GetOrderHistory(id, principal));
  }
}
