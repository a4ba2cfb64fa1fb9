import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { bulkItem, BulkCommands, type BulkItem } from '@kernel/ports/bulk.js';
import { Catalog } from '../catalog.js';
import { ImportProducts, type Imported, type ImportedProduct, type ImportedStockMovement } from '../contract/commands.js';

@CommandHandler(ImportProducts)
export class ImportProductsHandler implements ICommandHandler<ImportProducts> {
  constructor(
    private readonly bulk: BulkCommands,
    private readonly catalog: Catalog,
  ) {}

  async execute({ route, items }: ImportProducts): Promise<Imported> {
    const { results, token } = await this.bulk.run(
      'catalog',
      route,
      items.map((item) => this.toBulkItem(item)),
    );
    // First sight makes a product; every later one finds it there.
    const seen = results.map((result) =>
      result.outcome === 'refused' && result.code === 'catalog.product-exists'
        ? { idempotencyKey: result.idempotencyKey, outcome: 'replayed' as const }
        : result,
    );
    return { results: seen, token };
  }

  private toBulkItem(item: ImportedProduct | ImportedStockMovement): BulkItem {
    const idempotency = { key: item.idempotencyKey, asked: item };
    if (item.kind === 'product') {
      const { sku, name, category, price } = item;
      return bulkItem(this.catalog.products, sku, { type: 'CreateProduct', data: { sku, name, category, price } }, idempotency);
    }
    const { sku, quantity, reason, reference, occurredAt } = item;
    return bulkItem(this.catalog.stock, sku, { type: 'ImportStockMovement', data: { sku, quantity, reason, reference, occurredAt } }, idempotency);
  }
}
