import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { decodeCursor, page } from '@adapters/runtime/src/http/cursor.js';
import { PageQuery } from '@adapters/runtime/src/http/page.query.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { IsOptional, IsString, Length } from 'class-validator';
import { ProductPageView } from '../../product.view.js';
import { SELECT_PRODUCTS, toProductView, type ProductRow } from './products.js';

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
}

export class ListProducts {
  constructor(readonly asked: ListProductsQuery) {}
}

@QueryHandler(ListProducts)
export class ListProductsHandler implements IQueryHandler<ListProducts, ProductPageView> {
  constructor(private readonly reads: TransactionalReads) {}

  async execute({ asked }: ListProducts): Promise<ProductPageView> {
    const { name, text, values } = listStatement(asked);
    const rows = await this.reads.query<ProductRow>('catalog', { name, text }, values);
    return page(rows, asked.limit, (row) => [row.sku], toProductView);
  }
}

@ApiTags('catalog')
@Controller('api/v1/products')
export class ListProductsRoute {
  constructor(private readonly queries: QueryBus) {}

  /** In the order of their SKUs. */
  @Get()
  @CurrentRead()
  @RequirePermission('catalog:read')
  @ApiOkResponse({ type: ProductPageView })
  list(@Query() query: ListProductsQuery): Promise<ProductPageView> {
    return this.queries.execute(new ListProducts(query));
  }
}

function listStatement({ search, category, limit, cursor }: ListProductsQuery) {
  const values: unknown[] = [limit + 1];
  const filters: { name: string; condition: string }[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  if (search !== undefined) {
    filters.push({ name: 'search', condition: `to_tsvector('simple', p.name) @@ to_tsquery('simple', ${bind(prefixQuery(search))})` });
  }
  if (category !== undefined) filters.push({ name: 'category', condition: `p.category = ${bind(category)}` });
  if (cursor !== undefined) filters.push({ name: 'cursor', condition: `p.sku > ${bind(decodeCursor(cursor, 1)[0])}` });
  const where = filters.length > 0 ? `where ${filters.map((filter) => filter.condition).join(' and ')}` : '';
  return {
    name: `list-products:${filters.map((filter) => filter.name).join('+')}`,
    text: `${SELECT_PRODUCTS} ${where} order by p.sku limit $1`,
    values,
  };
}

/** Words quoted for to_tsquery, all wanted, the last one as a prefix: what a search box sends while it is typed into. */
function prefixQuery(search: string): string {
  const words = search.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.map((word, index) => `'${word}'${index === words.length - 1 ? ':*' : ''}`).join(' & ');
}
