import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch, type InboxHandler } from '@kernel/ports/command-inbox.js';
import { Catalog } from '../catalog.js';
import { catalogSagaCommands, type CatalogSagaCommand } from '../contract/saga-commands.js';
import { merged } from '../domain/lines.js';

/** Books one parcel of an order out of the house, once however often it is asked. */
function shipStock({ reservations, stock }: Catalog): InboxHandler<CatalogSagaCommand<'ShipStock'>, void> {
  return {
    context: 'catalog',
    name: 'ShipStock',
    schema: catalogSagaCommands.ShipStock,
    touches: ({ orderId, lines }) => [touch(reservations, orderId), ...merged(lines).map(({ sku }) => touch(stock, sku))],
    decide: ({ data: { orderId, parcelId, lines } }, work) => {
      const { events } = work.decide(reservations, orderId, { type: 'ShipReservation', data: { orderId, parcelId, lines } });
      if (events.length === 0) return;
      for (const { sku, quantity } of merged(lines)) work.decide(stock, sku, { type: 'ShipStock', data: { sku, orderId, quantity } });
    },
  };
}

@Injectable()
export class ShipStockInbox implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly catalog: Catalog,
  ) {}

  onModuleInit(): void {
    this.inbox.register(shipStock(this.catalog));
  }
}
