import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IfGiven } from '@adapters/runtime/src/http/if-given.js';
import { IsNested, IsNestedArray } from '@adapters/runtime/src/http/nested.js';
import { isCountry } from '@kernel/country.js';
import { IsString, Length, Matches, ValidateBy } from 'class-validator';
import { OrderLineBody } from './order-line.body.js';

/** A country that there is not has no tax of its own, and nothing can be sent there. */
const NamesCountry = (): PropertyDecorator =>
  ValidateBy({
    name: 'namesCountry',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || isCountry(value),
      defaultMessage: () => 'country must be a country, by its English name or its two-letter code',
    },
  });

export class PaymentBody {
  @ApiProperty({ example: 'tok_approve', description: "The payment provider's name for the customer's means of payment; never a card number" })
  @Matches(/^[\x21-\x7e]{1,255}$/, { message: 'token must be 1 to 255 visible ASCII characters' })
  token: string;
}

export class PlaceOrderBody {
  @ApiProperty({ type: [OrderLineBody] })
  @IsNestedArray(() => OrderLineBody, { least: 1, most: 500 })
  lines: OrderLineBody[];

  @ApiProperty({
    example: 'United Kingdom',
    description: 'Country that the order goes to, by its English name or its ISO 3166-1 code; answers have the name',
  })
  @NamesCountry()
  @IsString()
  @Matches(/^\p{L}[\p{L}\p{M} .,&'’()-]{1,59}$/u, { message: 'country must be a name or code of 2 to 60 letters' })
  country: string;

  @ApiPropertyOptional({ description: 'How it is paid; the provider may have a default for one that says nothing' })
  @IfGiven()
  @IsNested(() => PaymentBody)
  payment?: PaymentBody;

  @ApiPropertyOptional({ description: "Another customer's order; needs orders:manage" })
  @IfGiven()
  @IsString()
  @Length(1, 64)
  customerId?: string;
}
