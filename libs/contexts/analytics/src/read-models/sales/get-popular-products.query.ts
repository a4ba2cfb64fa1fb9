import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { ConsistentRead } from '@adapters/runtime/src/http/consistency.js';
import { Products, type SellableProduct } from '@contexts/catalog/src/contract/products.js';
import { Clock } from '@kernel/clock.js';
import { Cache, cacheKey } from '@kernel/ports/cache.js';
import { ReadStore } from '@kernel/ports/read-store.js';
import { Watermarks } from '@kernel/ports/watermarks.js';
import { Type } from 'class-transformer';
import { IsIn, IsInt, Max, Min } from 'class-validator';
import { FreshnessView, freshnessOf } from '../freshness.view.js';

const PERIODS = { '7d': 7, '30d': 30, '90d': 90 } as const;
type PopularPeriod = keyof typeof PERIODS;
const DAY_SECONDS = 24 * 60 * 60;
const POPULAR_SECONDS = 10;

export class GetPopularProductsQuery {
  @ApiPropertyOptional({ enum: Object.keys(PERIODS), default: '30d', description: 'Up to now' })
  @IsIn(Object.keys(PERIODS))
  period: PopularPeriod = '30d';

  @ApiPropertyOptional({ default: 10, minimum: 1, maximum: 100 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 10;
}

class PopularPriceView {
  @ApiProperty({ example: '2.55' })
  amount: string;

  @ApiProperty({ example: 'GBP' })
  currency: string;
}

export class PopularProductView {
  @ApiProperty({ example: '85123A' })
  sku: string;

  @ApiProperty()
  name: string;

  @ApiProperty()
  category: string;

  @ApiProperty()
  price: PopularPriceView;

  @ApiProperty({ example: 96, description: 'Units that can be sold now' })
  stock: number;

  @ApiProperty({ example: 120, description: 'Units ordered in the period' })
  units: number;
}

@ApiExtraModels(FreshnessView)
export class PopularProductsView {
  @ApiProperty({ enum: Object.keys(PERIODS) })
  period: PopularPeriod;

  @ApiProperty({ type: [PopularProductView], description: 'What is for sale, the most wanted first; equal ones by SKU' })
  items: PopularProductView[];

  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(FreshnessView) }, description: 'By context' })
  freshness: Record<string, FreshnessView>;
}

interface UnitsRow {
  sku: string;
  units: number | string;
}

interface Ranking {
  readonly rows: readonly UnitsRow[];
  readonly freshness: Record<string, FreshnessView>;
}

export class GetPopularProducts {
  constructor(readonly query: GetPopularProductsQuery) {}
}

/** The products of which most was ordered lately, in whatever currency. The catalog says what they are called and whether they are still sold. */
@QueryHandler(GetPopularProducts)
export class GetPopularProductsHandler implements IQueryHandler<GetPopularProducts, PopularProductsView> {
  constructor(
    private readonly store: ReadStore,
    private readonly watermarks: Watermarks,
    private readonly clock: Clock,
    private readonly products: Products,
    private readonly cache: Cache,
  ) {}

  /** What has been retired leaves gaps, of which only the catalog knows: asks for more until there are enough, or there is no more. */
  async execute({ query: { period, limit } }: GetPopularProducts): Promise<PopularProductsView> {
    for (let wanted = limit * 2; ; wanted *= 4) {
      const { rows, freshness } = await this.ranking(period, wanted);
      const found = await this.products.find(rows.map(({ sku }) => sku));
      const items = rows.flatMap((row) => toView(row, found.get(row.sku)));
      if (items.length >= limit || rows.length < wanted) return { period, items: items.slice(0, limit), freshness };
    }
  }

  /** Every order changes it: it is kept for its time only, with how fresh it was. Names, prices and stock are never kept with it. */
  private ranking(period: PopularPeriod, wanted: number): Promise<Ranking> {
    return this.cache.get(cacheKey('catalog', 'popular', period, String(wanted)), POPULAR_SECONDS, async () => {
      const freshness = await freshnessOf(this.watermarks);
      const now = Math.floor(Date.parse(this.clock.now()) / 1_000);
      return { rows: await this.ranked(now - PERIODS[period] * DAY_SECONDS, now, wanted), freshness };
    });
  }

  private ranked(from: number, to: number, limit: number): Promise<UnitsRow[]> {
    return this.store.rows<UnitsRow>(
      `SELECT s.key AS sku, sum(s.units) AS units FROM ${this.store.source('sales')} AS s
       WHERE s.dimension = 'product' AND s.minute >= toDateTime({from:UInt32}, 'UTC') AND s.minute <= toDateTime({to:UInt32}, 'UTC')
       GROUP BY sku HAVING units > 0 ORDER BY units DESC, sku LIMIT {limit:UInt32}`,
      { from, to, limit },
    );
  }
}

@ApiTags('catalog')
@Controller('api/v1/products/popular')
export class GetPopularProductsRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ description: 'What is for sale and was ordered most lately, in whatever currency.' })
  @ConsistentRead()
  @RequirePermission('catalog:read')
  @ApiOkResponse({ type: PopularProductsView })
  get(@Query() query: GetPopularProductsQuery): Promise<PopularProductsView> {
    return this.queries.execute<GetPopularProducts, PopularProductsView>(new GetPopularProducts(query));
  }
}

function toView({ sku, units }: UnitsRow, product: SellableProduct | undefined): PopularProductView[] {
  if (!product?.sellable) return [];
  const { name, category, price, available } = product;
  return [{ sku, name, category, price, stock: available, units: Number(units) }];
}
