import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { ConsistentRead } from '@adapters/runtime/src/http/consistency.js';
import { Products } from '@contexts/catalog/src/contract/products.js';
import { Clock } from '@kernel/clock.js';
import { ReadStore } from '@kernel/ports/read-store.js';
import { ShopCurrency } from '@kernel/ports/shop-currency.js';
import { Watermarks } from '@kernel/ports/watermarks.js';
import { Type } from 'class-transformer';
import { IsIn, IsInt, Max, Min } from 'class-validator';
import { FreshnessView, freshnessOf } from '../freshness.view.js';
import { periodOf } from './period.js';
import { PeriodQuery } from './period.query.js';
import { FIGURE_COLUMNS, toFigures, type FigureRow } from './sales-figures.js';
import { SalesFiguresView } from './sales.view.js';
import { inZone } from './zone.js';

const MEASURES = ['net', 'units'] as const;

export class GetTopProductsQuery extends PeriodQuery {
  @ApiPropertyOptional({ enum: MEASURES, default: 'net' })
  @IsIn(MEASURES)
  by: (typeof MEASURES)[number] = 'net';

  @ApiPropertyOptional({ default: 10, minimum: 1, maximum: 1_000 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit: number = 10;
}

export class TopProductView extends SalesFiguresView {
  @ApiProperty({ example: '85123A' })
  sku: string;

  @ApiProperty({ type: String, nullable: true, description: 'As it is called now; null for what the catalog does not know' })
  name: string | null;
}

@ApiExtraModels(FreshnessView)
export class TopProductsView {
  @ApiProperty({ example: '2011-03-01T00:00:00+00:00' })
  from: string;

  @ApiProperty({ example: '2011-04-01T00:00:00+01:00' })
  to: string;

  @ApiProperty({ example: 'Europe/London' })
  timezone: string;

  @ApiProperty({ example: 'GBP' })
  currency: string;

  @ApiProperty({ type: [TopProductView], description: 'The highest first; equal ones by SKU' })
  rows: TopProductView[];

  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(FreshnessView) }, description: 'By context' })
  freshness: Record<string, FreshnessView>;
}

/** What the products are put in order by. */
const ORDER = { net: 'sum(s.gross) - sum(s.cancelled) - sum(s.credits)', units: 'sum(s.units)' };

export class GetTopProducts {
  constructor(readonly query: GetTopProductsQuery) {}
}

/** The products that brought in most, or were sold most, in a period. */
@QueryHandler(GetTopProducts)
export class GetTopProductsHandler implements IQueryHandler<GetTopProducts, TopProductsView> {
  constructor(
    private readonly store: ReadStore,
    private readonly watermarks: Watermarks,
    private readonly clock: Clock,
    private readonly products: Products,
    private readonly shopCurrency: ShopCurrency,
  ) {}

  async execute({ query }: GetTopProducts): Promise<TopProductsView> {
    const period = periodOf(query, Date.parse(this.clock.now()));
    const currency = query.currency ?? this.shopCurrency.code;
    const freshness = await freshnessOf(this.watermarks);
    const rows = await this.store.rows<FigureRow & { sku: string }>(
      `SELECT s.key AS sku, ${FIGURE_COLUMNS} FROM ${this.store.source('sales')} AS s
       WHERE s.dimension = 'product' AND s.currency = {currency:String}
         AND s.minute >= toDateTime({from:UInt32}, 'UTC') AND s.minute < toDateTime({to:UInt32}, 'UTC')
       GROUP BY sku ORDER BY ${ORDER[query.by]} DESC, sku LIMIT {limit:UInt32}`,
      { currency, from: period.from / 1_000, to: period.to / 1_000, limit: query.limit },
    );
    const known = await this.products.find(rows.map(({ sku }) => sku));
    return {
      from: inZone(period.from, period.zone),
      to: inZone(period.to, period.zone),
      timezone: period.zone,
      currency,
      rows: rows.map((row) => ({ sku: row.sku, name: known.get(row.sku)?.name ?? null, ...toFigures(row) })),
      freshness,
    };
  }
}

@ApiTags('analytics')
@Controller('api/v1/analytics/products/top')
export class GetTopProductsRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ description: 'The products that brought in most, or were sold most, in a period.' })
  @ConsistentRead()
  @RequirePermission('analytics:read')
  @ApiOkResponse({ type: TopProductsView })
  get(@Query() query: GetTopProductsQuery): Promise<TopProductsView> {
    return this.queries.execute<GetTopProducts, TopProductsView>(new GetTopProducts(query));
  }
}
