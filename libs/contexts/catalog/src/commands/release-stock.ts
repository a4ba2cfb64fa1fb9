import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch, type InboxHandler } from '@kernel/ports/command-inbox.js';
import { Catalog } from '../catalog.js';
import { catalogSagaCommands, type CatalogSagaCommand } from '../contract/saga-commands.js';
import { merged } from '../domain/lines.js';

/** Gives back what an order's reservation still holds: the command's lines name the stock to load, the reservation knows the quantities. */
function releaseStock({ reservations, stock }: Catalog): InboxHandler<CatalogSagaCommand<'ReleaseStock'>, void> {
  return {
    context: 'catalog',
    name: 'ReleaseStock',
    schema: catalogSagaCommands.ReleaseStock,
    touches: ({ orderId, lines }) => [touch(reservations, orderId), ...merged(lines).map(({ sku }) => touch(stock, sku))],
    decide: ({ data: { orderId, reason } }, work) => {
      const { held } = work.load(reservations, orderId).state;
      const { events } = work.decide(reservations, orderId, { type: 'ReleaseReservation', data: { orderId, reason } });
      if (events.length === 0) return;
      for (const { sku, quantity } of held) work.decide(stock, sku, { type: 'ReleaseStock', data: { sku, orderId, quantity } });
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
