import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch, type InboxHandler, type Work } from '@kernel/ports/command-inbox.js';
import { Catalog } from '../catalog.js';
import { catalogSagaCommands, type CatalogSagaCommand } from '../contract/saga-commands.js';
import { merged } from '../domain/lines.js';
import { availableOf } from '../domain/stock.js';

type Asked = CatalogSagaCommand<'ReserveStock'>;
interface Shortage {
  readonly sku: string;
  readonly wanted: number;
  readonly available: number;
}

/** Sets an order's goods apart: all lines or none, since what a refused command staged is dropped. */
function reserveStock({ reservations, stock }: Catalog): InboxHandler<Asked, void> {
  return {
    context: 'catalog',
    name: 'ReserveStock',
    schema: catalogSagaCommands.ReserveStock,
    touches: ({ orderId, lines }) => [touch(reservations, orderId), ...merged(lines).map(({ sku }) => touch(stock, sku))],
    decide: ({ data: { orderId, lines, expiresAt } }, work) => {
      const { events } = work.decide(reservations, orderId, { type: 'MakeReservation', data: { orderId, lines, expiresAt } });
      if (events.length === 0) return;
      for (const { sku, quantity } of merged(lines)) work.decide(stock, sku, { type: 'ReserveStock', data: { sku, orderId, quantity } });
    },
    refused: ({ data: { orderId, lines } }, { code, details }, work) => {
      const { sku, wanted, available } = code === 'catalog.out-of-stock' ? (details as unknown as Shortage) : firstOf(lines, work);
      work.decide(reservations, orderId, { type: 'RefuseReservation', data: { orderId, code, sku, wanted, available } });
    },
  };

  /** A refusal that is about no SKU, such as of goods given back before they were reserved, is told with the first line's. */
  function firstOf(lines: Asked['lines'], work: Work): Shortage {
    const [{ sku, quantity }] = merged(lines) as [Asked['lines'][number]];
    return { sku, wanted: quantity, available: availableOf(work.load(stock, sku).state) };
  }
}

@Injectable()
export class ReserveStockInbox implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly catalog: Catalog,
  ) {}

  onModuleInit(): void {
    this.inbox.register(reserveStock(this.catalog));
  }
}
