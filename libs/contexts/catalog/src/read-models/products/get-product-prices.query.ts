import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { Cache } from '@kernel/ports/cache.js';
import { Refusal } from '@kernel/refusal.js';
import { Catalog } from '../../catalog.js';
import type { ProductCreated, ProductPriced } from '../../contract/events.js';
import { PriceBody } from '../../product.view.js';
import { PRODUCT_SECONDS, productPricesKey } from './product-cache.js';

export class ProductPriceView {
  @ApiProperty()
  price: PriceBody;

  @ApiProperty({ example: '2026-11-21T10:00:00.000Z', description: 'Since when it counts' })
  occurredAt: string;

  @ApiProperty({ type: String, nullable: true, description: 'When the next one took its place; null for the last' })
  until: string | null;
}

export class ProductPricesView {
  @ApiProperty()
  sku: string;

  @ApiProperty({ type: [ProductPriceView], description: 'The oldest first' })
  items: ProductPriceView[];
}

export class GetProductPrices {
  constructor(readonly sku: string) {}
}

const PRICING: ReadonlySet<string> = new Set<(ProductCreated | ProductPriced)['type']>(['catalog.ProductCreated', 'catalog.ProductPriced']);

/** Every price that a product ever had, from its stream: the events are the history. */
@QueryHandler(GetProductPrices)
export class GetProductPricesHandler implements IQueryHandler<GetProductPrices, ProductPricesView> {
  constructor(
    private readonly catalog: Catalog,
    private readonly cache: Cache,
  ) {}

  execute({ sku }: GetProductPrices): Promise<ProductPricesView> {
    return this.cache.get(productPricesKey(sku), PRODUCT_SECONDS, () => this.read(sku));
  }

  private async read(sku: string): Promise<ProductPricesView> {
    const events = await this.catalog.products.history(sku);
    if (events.length === 0) throw new Refusal('catalog.product-not-found', 'not-found', `There is no product ${sku}`, { sku });
    const priced = events.filter(({ type }) => PRICING.has(type));
    const items = priced.map(({ data, occurredAt }, index) => ({
      price: (data as ProductPriced['data']).price,
      occurredAt,
      until: priced[index + 1]?.occurredAt ?? null,
    }));
    return { sku, items };
  }
}

@ApiTags('catalog')
@Controller('api/v1/products')
export class GetProductPricesRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get(':sku/prices')
  @ApiOperation({ description: 'Every price that the product has had, the oldest first.' })
  @CurrentRead()
  @RequirePermission('catalog:read')
  @ApiOkResponse({ type: ProductPricesView })
  @ApiNotFoundResponse({ description: 'catalog.product-not-found' })
  of(@Param('sku') sku: string): Promise<ProductPricesView> {
    return this.queries.execute(new GetProductPrices(sku));
  }
}
