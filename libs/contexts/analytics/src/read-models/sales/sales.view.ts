import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { FreshnessView } from '../freshness.view.js';

/** Figures of sales, as docs/language.md defines them. Amounts are exact decimal strings in the answer's currency. */
export class SalesFiguresView {
  @ApiProperty({ example: 42, description: 'Orders placed' })
  orders: number;

  @ApiProperty({ example: 120, description: 'Units of the orders placed' })
  units: number;

  @ApiProperty({ example: '1033.80', description: 'Value of the orders placed' })
  gross: string;

  @ApiProperty({ example: '12.00', description: 'Value of the orders cancelled, at the time of the cancellation' })
  cancelled: string;

  @ApiProperty({ example: '3.75', description: 'Value credited, at the time of the credit note' })
  credits: string;

  @ApiProperty({ example: '1018.05', description: 'gross - cancelled - credits' })
  net: string;

  @ApiProperty({ example: '24.6143', description: 'gross / orders; 0.00 without orders' })
  averageOrderValue: string;
}

export class SalesRowView extends SalesFiguresView {
  @ApiProperty({ example: '2011-03-27T00:00:00+00:00', description: 'Start of the bucket, with the zone’s offset then' })
  bucket: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'With `by`: the country, category, SKU or customer; null for orders without a customer',
  })
  key?: string | null;
}

export class SalesPeriodView {
  @ApiProperty({ example: '2011-03-01T00:00:00+00:00', description: 'In the period' })
  from: string;

  @ApiProperty({ example: '2011-04-01T00:00:00+01:00', description: 'Not in the period' })
  to: string;

  @ApiProperty({
    type: [SalesRowView],
    description: 'One row a bucket, or a bucket and key, with zeros where nothing happened; above 100,000 rows only keys with figures',
  })
  rows: SalesRowView[];

  @ApiProperty({ type: SalesFiguresView, description: 'The whole period; an order counts once here, whatever it is broken down by' })
  totals: SalesFiguresView;
}

@ApiExtraModels(FreshnessView)
export class SalesView extends SalesPeriodView {
  @ApiProperty({ example: 'day' })
  grain: string;

  @ApiProperty({ example: 'Europe/London' })
  timezone: string;

  @ApiProperty({ example: 'GBP' })
  currency: string;

  @ApiPropertyOptional({ type: SalesPeriodView, description: 'With `compare=previous`: the period of the same length before' })
  previous?: SalesPeriodView;

  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(FreshnessView) }, description: 'By context' })
  freshness: Record<string, FreshnessView>;
}
