import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { page } from '@adapters/runtime/src/http/cursor.js';
import { CURSOR, CURSOR_MESSAGE, PageQuery } from '@adapters/runtime/src/http/page.query.js';
import { Cache } from '@kernel/ports/cache.js';
import { ShopCurrency } from '@kernel/ports/shop-currency.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { IsCurrencyCode } from '@adapters/runtime/src/http/currency.js';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { IsAmount, ProductPageView } from '../../product.view.js';
import { PRODUCT_SECONDS, productListKey } from './product-cache.js';
import { listStatement, placeOf } from './product-list.js';
import { PRODUCT_SORTS, type ProductSort } from './product-sorts.js';
import { toProductView, type ProductRow } from './products.js';

const STATUSES = ['active', 'retired', 'all'] as const;

export class ListProductsQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Words of the name, in any order; the last may be a beginning' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  search?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @Length(1, 100)
  category?: string;

  @ApiPropertyOptional({ example: '1.00', description: 'Inclusive' })
  @IsOptional()
  @IsAmount()
  minPrice?: string;

  @ApiPropertyOptional({ example: '9.99', description: 'Inclusive' })
  @IsOptional()
  @IsAmount()
  maxPrice?: string;

  @ApiPropertyOptional({
    description: 'Only what is priced in it. Default: every currency, or the shop’s where prices are compared (minPrice, maxPrice, sort)',
  })
  @IsOptional()
  @IsCurrencyCode()
  currency?: string;

  @ApiPropertyOptional({ enum: STATUSES, default: 'active', description: 'Any but active needs catalog:write' })
  @IsIn(STATUSES)
  status: (typeof STATUSES)[number] = 'active';

  @ApiPropertyOptional({ enum: ['true'], description: 'Only what can be sold now' })
  @IsOptional()
  @IsIn(['true'])
  inStock?: 'true';

  @ApiPropertyOptional({ enum: ['true'], description: 'Only what is to be restocked: `stock` is at its `threshold` or below' })
  @IsOptional()
  @IsIn(['true'])
  lowStock?: 'true';

  @ApiPropertyOptional({ enum: PRODUCT_SORTS, default: 'sku', description: 'Equal ones by SKU' })
  @IsIn(PRODUCT_SORTS)
  sort: ProductSort = 'sku';

  // A place among names holds a name, and those of a past system can be long.
  @ApiPropertyOptional({ description: 'The `next` of an earlier page in the same order' })
  @IsOptional()
  @IsString()
  @Length(1, 6_000)
  @Matches(CURSOR, { message: CURSOR_MESSAGE })
  override cursor?: string;
}

export class ListProducts {
  constructor(readonly asked: ListProductsQuery) {}
}

@QueryHandler(ListProducts)
export class ListProductsHandler implements IQueryHandler<ListProducts, ProductPageView> {
  constructor(
    private readonly reads: TransactionalReads,
    private readonly cache: Cache,
    private readonly shopCurrency: ShopCurrency,
  ) {}

  execute({ asked }: ListProducts): Promise<ProductPageView> {
    return this.cache.get(productListKey(asked), PRODUCT_SECONDS, () => this.read(asked));
  }

  private async read(asked: ListProductsQuery): Promise<ProductPageView> {
    const { name, text, values } = listStatement(asked, this.shopCurrency.code);
    const rows = await this.reads.query<ProductRow>('catalog', { name, text }, values);
    return page(rows, asked.limit, placeOf(asked.sort), toProductView);
  }
}

@ApiTags('catalog')
@Controller('api/v1/products')
export class ListProductsRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    description: 'What is for sale, page by page. Stable under inserts: what is added meanwhile shows nothing twice and leaves nothing out.',
  })
  @CurrentRead()
  @RequirePermission('catalog:read')
  @ApiOkResponse({ type: ProductPageView })
  list(@Query() query: ListProductsQuery, @CurrentPrincipal() principal: Principal): Promise<ProductPageView> {
    if (query.status !== 'active' && !principal.permissions.includes('catalog:write')) {
      throw new Refusal('auth.forbidden', 'forbidden', 'Products that are no longer sold need catalog:write: leave status out');
    }
    return this.queries.execute(new ListProducts(query));
  }
}
