import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { isDecimal } from '@kernel/money.js';
import { Matches, registerDecorator } from 'class-validator';

/** A decimal string that money holds exactly, not negative. */
const IsAmount = () => (target: object, propertyName: string) =>
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
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be an ISO 4217 code such as GBP' })
  currency: string;
}

export class ProductView {
  @ApiProperty()
  sku: string;

  @ApiProperty()
  name: string;

  @ApiProperty()
  category: string;

  @ApiProperty()
  price: PriceBody;

  @ApiProperty({ description: 'Sellable units on hand' })
  stock: number;

  @ApiProperty()
  version: number;
}

export class ProductPageView {
  @ApiProperty({ type: [ProductView] })
  items: readonly ProductView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last one' })
  next?: string;
}

export class StockAnswerView {
  @ApiProperty()
  sku: string;

  @ApiProperty({ description: 'Sellable units on hand' })
  stock: number;

  @ApiProperty()
  version: number;
}
