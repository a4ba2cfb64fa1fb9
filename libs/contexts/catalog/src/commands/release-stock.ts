import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch, type InboxHandler } from '@kernel/ports/command-inbox.js';
import { Catalog } from '../catalog.js';
import { catalogSagaCommands, type CatalogSagaCommand } from '../contract/saga-commands.js';
import { merged } from '../domain/lines.js';

/** Gives back what an order's reservation still holds, or only lines of it. For all, the lines name the stock to load and the reservation knows the quantities. */
function releaseStock({ reservations, stock }: Catalog): InboxHandler<CatalogSagaCommand<'ReleaseStock'>, void> {
  return {
    context: 'catalog',
    name: 'ReleaseStock',
    schema: catalogSagaCommands.ReleaseStock,
    touches: ({ orderId, lines }) => [touch(reservations, orderId), ...merged(lines).map(({ sku }) => touch(stock, sku))],
    decide: ({ data: { orderId, reason, lines, only } }, work) => {
      const given = only ? merged(lines) : work.load(reservations, orderId).state.held;
      const { events } = work.decide(
        reservations,
        orderId,
        only ? { type: 'ReduceReservation', data: { orderId, lines, reason } } : { type: 'ReleaseReservation', data: { orderId, reason } },
      );
      if (events.length === 0) return;
      for (const { sku, quantity } of given) work.decide(stock, sku, { type: 'ReleaseStock', data: { sku, orderId, quantity } });
    },
  };
}

@Injectable()
export class ReleaseStockInbox implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly catalog: Catalog,
  ) {}

  onModuleInit(): void {
    this.inbox.register(releaseStock(this.catalog));
  }
}
