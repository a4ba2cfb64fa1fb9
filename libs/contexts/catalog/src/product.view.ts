import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { isDecimal } from '@kernel/money.js';
import { IsCurrencyCode } from '@adapters/runtime/src/http/currency.js';
import { registerDecorator } from 'class-validator';
import type { KnownProduct } from './domain/product.js';
import { availableOf, type Stock } from './domain/stock.js';

export { DEFAULT_THRESHOLD } from './domain/stock.js';

/** A decimal string that money holds exactly, not negative. */
export const IsAmount = () => (target: object, propertyName: string) =>
  registerDecorator({
    name: 'isAmount',
    target: target.constructor,
    propertyName,
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isDecimal(value) && !value.startsWith('-'),
      defaultMessage: () => `${propertyName} must be a decimal string that is not negative and has at most 4 places, such as "2.55"`,
    },
  });

export class PriceBody {
  @ApiProperty({ example: '2.55', description: 'Exact decimal with at most 4 places' })
  @IsAmount()
  amount: string;

  @ApiProperty({ example: 'GBP' })
  @IsCurrencyCode()
  currency: string;
}

/** The stock of a SKU, as every answer about it has it. */
export class StockCountsView {
  @ApiProperty({ example: 96, description: 'Units that can be sold: on hand and not reserved' })
  stock: number;

  @ApiProperty({ example: 100, description: 'Units in the house' })
  onHand: number;

  @ApiProperty({ example: 4, description: 'Units in the house that orders wait for' })
  reserved: number;

  @ApiProperty({ example: false, description: 'Whether what can be sold is at the threshold or below' })
  lowStock: boolean;

  @ApiProperty({ example: 5, description: 'At so many that can be sold, or fewer, stock is low' })
  threshold: number;
}

export class ProductView extends StockCountsView {
  @ApiProperty()
  sku: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ description: 'Empty where there is none' })
  description: string;

  @ApiProperty()
  category: string;

  @ApiProperty()
  price: PriceBody;

  @ApiProperty({ enum: ['active', 'retired'], description: 'A retired product is no longer sold' })
  status: KnownProduct['status'];

  @ApiProperty()
  version: number;
}

export class ProductPageView {
  @ApiProperty({ type: [ProductView] })
  items: readonly ProductView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last one' })
  next?: string;
}

export class StockAnswerView extends StockCountsView {
  @ApiProperty()
  sku: string;

  @ApiProperty({ description: "The stock's own version, not the product's" })
  version: number;
}

const toStockCounts = (state: Stock): StockCountsView => ({
  stock: availableOf(state),
  onHand: state.onHand,
  reserved: state.reserved,
  lowStock: state.low,
  threshold: state.threshold,
});

/** What a command about a product answers. */
export function toProductAnswer(
  sku: string,
  { name, description, category, price, status }: KnownProduct,
  stock: Stock,
  version: number,
): ProductView {
  return { sku, name, description, category, price, status, ...toStockCounts(stock), version };
}

/** What a command about stock answers. */
export const toStockAnswer = (sku: string, state: Stock, version: number): StockAnswerView => ({
  sku,
  ...toStockCounts(state),
  version,
});
