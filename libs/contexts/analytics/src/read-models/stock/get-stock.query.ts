import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { ConsistentRead } from '@adapters/runtime/src/http/consistency.js';
import { decodeCursor, page } from '@adapters/runtime/src/http/cursor.js';
import { ReadStore } from '@kernel/ports/read-store.js';
import { Watermarks } from '@kernel/ports/watermarks.js';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { FreshnessView, freshnessOf } from '../freshness.view.js';

export class GetStockQuery {
  @ApiPropertyOptional({ description: 'Only this one' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  sku?: string;

  @ApiPropertyOptional({ default: 100, minimum: 1, maximum: 1_000 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit: number = 100;

  @ApiPropertyOptional({ description: 'The `next` of an earlier page' })
  @IsOptional()
  @IsString()
  @Length(1, 500)
  cursor?: string;
}

export class StockView {
  @ApiProperty({ example: '85123A' })
  sku: string;

  @ApiProperty({ example: 96, description: 'Units in the house' })
  onHand: number;

  @ApiProperty({ example: 4, description: 'Units in the house that orders wait for' })
  reserved: number;

  @ApiProperty({ example: 92, description: 'Units that can be sold: on hand and not reserved' })
  available: number;

  @ApiProperty({ example: -9, description: 'Movements of a past system, imported; they move no sellable stock' })
  historical: number;
}

@ApiExtraModels(FreshnessView)
export class StockPageView {
  @ApiProperty({ type: [StockView] })
  items: readonly StockView[];

  @ApiPropertyOptional({ description: 'Absent on the last page' })
  next?: string;

  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(FreshnessView) }, description: 'By context' })
  freshness: Record<string, FreshnessView>;
}

/** Sums as ClickHouse answers them. */
interface StockRow {
  sku: string;
  on_hand: number | string;
  reserved: number | string;
  historical: number | string;
}

export class GetStock {
  constructor(readonly query: GetStockQuery) {}
}

/** Stock of every SKU that ever moved, in the order of the SKUs. */
@QueryHandler(GetStock)
export class GetStockHandler implements IQueryHandler<GetStock, StockPageView> {
  constructor(
    private readonly store: ReadStore,
    private readonly watermarks: Watermarks,
  ) {}

  async execute({ query: { sku, limit, cursor } }: GetStock): Promise<StockPageView> {
    const freshness = await freshnessOf(this.watermarks);
    const rows = await this.store.rows<StockRow>(
      `SELECT s.sku AS sku, sum(s.on_hand) AS on_hand, sum(s.reserved) AS reserved, sum(s.historical) AS historical
       FROM ${this.store.source('stock')} AS s
       WHERE s.sku > {after:String} ${sku === undefined ? '' : 'AND s.sku = {sku:String}'} GROUP BY sku ORDER BY sku LIMIT {limit:UInt32}`,
      { after: cursor === undefined ? '' : decodeCursor(cursor, 1)[0], limit: limit + 1, ...(sku !== undefined && { sku }) },
    );
    return { ...page(rows, limit, (row) => [row.sku], toView), freshness };
  }
}

function toView(row: StockRow): StockView {
  const [onHand, reserved] = [Number(row.on_hand), Number(row.reserved)];
  return { sku: row.sku, onHand, reserved, available: onHand - reserved, historical: Number(row.historical) };
}

@ApiTags('analytics')
@Controller('api/v1/analytics/stock')
export class GetStockRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ description: 'Stock of every SKU that ever moved, in the order of the SKUs, from the read models.' })
  @ConsistentRead()
  @RequirePermission('analytics:read')
  @ApiOkResponse({ type: StockPageView })
  get(@Query() query: GetStockQuery): Promise<StockPageView> {
    return this.queries.execute<GetStock, StockPageView>(new GetStock(query));
  }
}
