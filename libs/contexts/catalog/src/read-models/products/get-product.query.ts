import { Controller, Get, Param, Res } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { Cache } from '@kernel/ports/cache.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { Refusal } from '@kernel/refusal.js';
import { ProductView } from '../../product.view.js';
import { PRODUCT_SECONDS, productKey } from './product-cache.js';
import { selectProducts, toProductView, type ProductRow } from './products.js';

export class GetProduct {
  constructor(readonly sku: string) {}
}

@QueryHandler(GetProduct)
export class GetProductHandler implements IQueryHandler<GetProduct, ProductView> {
  constructor(
    private readonly reads: TransactionalReads,
    private readonly cache: Cache,
  ) {}

  execute({ sku }: GetProduct): Promise<ProductView> {
    return this.cache.get(productKey(sku), PRODUCT_SECONDS, () => this.read(sku));
  }

  private async read(sku: string): Promise<ProductView> {
    const statement = { name: 'get-product', text: `${selectProducts('catalog.products')} where p.sku = $1` };
    const [row] = await this.reads.query<ProductRow>('catalog', statement, [sku]);
    if (!row) throw new Refusal('catalog.product-not-found', 'not-found', `There is no product ${sku}`, { sku });
    return toProductView(row);
  }
}

@ApiTags('catalog')
@Controller('api/v1/products')
export class GetProductRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get(':sku')
  @ApiOperation({ description: 'A product, with how much of it can be sold now. The ETag holds the version that a change may name in If-Match.' })
  @CurrentRead()
  @RequirePermission('catalog:read')
  @ApiOkResponse({ type: ProductView })
  @ApiNotFoundResponse({ description: 'catalog.product-not-found' })
  async one(@Param('sku') sku: string, @Res({ passthrough: true }) reply: { header(name: string, value: string): unknown }): Promise<ProductView> {
    const product = await this.queries.execute<GetProduct, ProductView>(new GetProduct(sku));
    reply.header('etag', `"${product.version}"`);
    return product;
  }
}
