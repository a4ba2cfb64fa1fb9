import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch, type InboxHandler } from '@kernel/ports/command-inbox.js';
import { Catalog } from '../catalog.js';
import { catalogSagaCommands, type CatalogSagaCommand } from '../contract/saga-commands.js';
import { merged } from '../domain/lines.js';

/** Puts the goods of a return back to stock, also those of a product that has been retired since: they are in the house. */
function restockReturn({ returns, stock }: Catalog): InboxHandler<CatalogSagaCommand<'RestockReturn'>, void> {
  return {
    context: 'catalog',
    name: 'RestockReturn',
    schema: catalogSagaCommands.RestockReturn,
    touches: ({ returnId, lines }) => [touch(returns, returnId), ...merged(lines).map(({ sku }) => touch(stock, sku))],
    decide: ({ data: { returnId, orderId, lines } }, work) => {
      const { events } = work.decide(returns, returnId, { type: 'RestockReturn', data: { returnId, orderId, lines } });
      if (events.length === 0) return;
      for (const { sku, quantity } of merged(lines)) work.decide(stock, sku, { type: 'RestockUnits', data: { sku, returnId, quantity } });
    },
  };
}

@Injectable()
export class RestockReturnInbox implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly catalog: Catalog,
  ) {}

  onModuleInit(): void {
    this.inbox.register(restockReturn(this.catalog));
  }
}
