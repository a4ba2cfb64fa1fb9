import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiBadRequestResponse, ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { ConsistentRead } from '@adapters/runtime/src/http/consistency.js';
import { invalid } from '@adapters/runtime/src/http/validation.js';
import { Clock } from '@kernel/clock.js';
import { ReadStore } from '@kernel/ports/read-store.js';
import { ShopCurrency } from '@kernel/ports/shop-currency.js';
import { Watermarks } from '@kernel/ports/watermarks.js';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { freshnessOf } from '../freshness.view.js';
import { bucketOf, bucketsOf, GRAINS, type Grain } from './buckets.js';
import { periodOf, previousOf, type Period } from './period.js';
import { PeriodQuery } from './period.query.js';
import { FIGURE_COLUMNS, NO_FIGURES, toFigures, type FigureRow } from './sales-figures.js';
import { SALES_DIMENSIONS, type SalesDimension } from './sales.projection.js';
import { SalesView, type SalesPeriodView, type SalesRowView } from './sales.view.js';
import { inZone } from './zone.js';

/** Most rows in one answer. */
const MAX_ROWS = 100_000;

export class GetSalesQuery extends PeriodQuery {
  @ApiPropertyOptional({ enum: GRAINS, default: 'day' })
  @IsIn(GRAINS)
  grain: Grain = 'day';

  @ApiPropertyOptional({ enum: SALES_DIMENSIONS, description: 'Breaks every bucket down' })
  @IsOptional()
  @IsIn(SALES_DIMENSIONS)
  by?: SalesDimension;

  @ApiPropertyOptional({ enum: ['previous'], description: 'Adds the period of the same length before' })
  @IsOptional()
  @IsIn(['previous'])
  compare?: 'previous';

  @ApiPropertyOptional({ description: 'As it was known at this position of ordering’s log; default: now' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  asOf?: number;
}

/** With the shop's currency where none was given. */
type Asked = GetSalesQuery & { readonly currency: string };

interface Row extends FigureRow {
  bucket: number | string;
  key: string;
}

export class GetSales {
  constructor(readonly query: GetSalesQuery) {}
}

/** Sales over time: every bucket of the period has its row, in the zone's own days and hours. */
@QueryHandler(GetSales)
export class GetSalesHandler implements IQueryHandler<GetSales, SalesView> {
  constructor(
    private readonly store: ReadStore,
    private readonly watermarks: Watermarks,
    private readonly clock: Clock,
    private readonly shopCurrency: ShopCurrency,
  ) {}

  async execute({ query: asked }: GetSales): Promise<SalesView> {
    const query: Asked = { ...asked, currency: asked.currency ?? this.shopCurrency.code };
    const period = periodOf(query, Date.parse(this.clock.now()));
    const freshness = await freshnessOf(this.watermarks);
    if (query.asOf !== undefined && query.asOf > (freshness['ordering']?.position ?? 0)) {
      throw invalid([{ field: 'asOf', message: `must not be after the watermark, ${freshness['ordering']?.position ?? 0}` }]);
    }
    return {
      ...(await this.sales(query, period)),
      grain: query.grain,
      timezone: period.zone,
      currency: query.currency,
      ...(query.compare && { previous: await this.sales(query, previousOf(period)) }),
      freshness,
    };
  }

  private async sales(query: Asked, period: Period): Promise<SalesPeriodView> {
    const buckets = await bucketsOf(this.store, period, query.grain);
    const found = await this.figures(query, period);
    const totals = await this.totals(query, period);
    return { from: inZone(period.from, period.zone), to: inZone(period.to, period.zone), rows: filled(query, period, buckets, found), totals };
  }

  private figures(query: Asked, period: Period): Promise<Row[]> {
    const key = query.by ? 's.key' : `''`;
    return this.store.rows<Row>(
      `SELECT ${bucketOf[query.grain]('s.minute')} AS bucket, ${key} AS key, ${FIGURE_COLUMNS} FROM ${this.source(query)} AS s
       WHERE ${IN_PERIOD} GROUP BY bucket, key ORDER BY bucket, key LIMIT ${MAX_ROWS + 1}`,
      parametersOf(query, period, query.by ?? 'country'),
    );
  }

  private async totals(query: Asked, period: Period) {
    const sql = `SELECT ${FIGURE_COLUMNS} FROM ${this.source(query)} AS s WHERE ${IN_PERIOD}`;
    const [row] = await this.store.rows<FigureRow>(sql, parametersOf(query, period, 'country'));
    return toFigures(row ?? NO_FIGURES);
  }

  private source({ asOf }: GetSalesQuery): string {
    return this.store.source('sales', asOf === undefined ? undefined : { context: 'ordering', position: asOf });
  }
}

@ApiTags('analytics')
@Controller('api/v1/analytics/sales')
export class GetSalesRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ description: 'Sales over time: every bucket of the period has its row, in the zone’s own days and hours.' })
  @ConsistentRead()
  @RequirePermission('analytics:read')
  @ApiOkResponse({ type: SalesView })
  @ApiBadRequestResponse({ description: 'analytics.too-expensive' })
  get(@Query() query: GetSalesQuery): Promise<SalesView> {
    return this.queries.execute<GetSales, SalesView>(new GetSales(query));
  }
}

const IN_PERIOD = `s.dimension = {dimension:String} AND s.currency = {currency:String}
  AND s.minute >= toDateTime({from:UInt32}, 'UTC') AND s.minute < toDateTime({to:UInt32}, 'UTC')`;

const parametersOf = ({ currency }: Asked, { from, to, zone }: Period, dimension: SalesDimension) => ({
  dimension,
  currency,
  from: from / 1_000,
  to: to / 1_000,
  zone,
});

/**
 * One row for every bucket and, broken down, for every key that the period knows. Where that would be more rows than anyone reads, only
 * those with figures, and one without a key for each bucket that has none.
 */
function filled({ by }: GetSalesQuery, { zone }: Period, buckets: readonly number[], found: readonly Row[]): SalesRowView[] {
  if (found.length > MAX_ROWS) {
    throw invalid([{ field: 'grain', message: `makes more than ${MAX_ROWS} rows of this range: ask for a coarser one or a shorter range` }]);
  }
  const byBucket = Map.groupBy(found, ({ bucket }) => Number(bucket));
  const keys = by ? [...new Set(found.map(({ key }) => key))].sort() : [''];
  const everyKey = buckets.length * keys.length <= MAX_ROWS;
  return buckets.flatMap((bucket) => {
    const start = inZone(bucket * 1_000, zone);
    const rows = new Map(byBucket.get(bucket)?.map((row) => [row.key, row]));
    const shown = everyKey ? keys : [...rows.keys()];
    if (shown.length === 0) return [{ bucket: start, ...toFigures(NO_FIGURES) }];
    // An order without a customer has no key rather than an empty one.
    return shown.map((key) => ({
      bucket: start,
      ...(by && { key: by === 'customer' && key === '' ? null : key }),
      ...toFigures(rows.get(key) ?? NO_FIGURES),
    }));
  });
}
