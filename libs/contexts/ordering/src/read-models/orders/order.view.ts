import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { MoneyView } from '../../order-answer.view.js';
import { ORDER_STATUSES, RETURN_STATUSES } from '../../orders.js';
import { PAYMENT_STATUSES } from '../../payments.js';

export class QuantityView {
  @ApiProperty()
  sku: string;

  @ApiProperty()
  quantity: number;
}

export class OrderLineView extends QuantityView {
  @ApiProperty({ enum: ['goods', 'shipping', 'tax'] })
  kind: string;

  @ApiProperty()
  name: string;

  @ApiProperty()
  category: string;

  @ApiProperty({ description: 'Exact decimal' })
  unitPrice: string;

  @ApiProperty({ description: 'Exact decimal' })
  lineTotal: string;
}

export class OrderSummaryView {
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: ORDER_STATUSES })
  status: string;

  @ApiProperty({ type: String, nullable: true, description: 'Pseudonym; null where a past system knew none' })
  customerId: string | null;

  @ApiProperty({ enum: ['web', 'import'] })
  channel: string;

  @ApiProperty()
  country: string;

  @ApiProperty()
  total: MoneyView;

  @ApiProperty({ description: 'Of goods' })
  units: number;

  @ApiProperty()
  placedAt: string;

  @ApiProperty()
  version: number;
}

export class ParcelView {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: [QuantityView], nullable: true, description: 'null where the order went out whole, before parcels were told apart' })
  lines: readonly QuantityView[] | null;
}

export class ReturnView {
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: RETURN_STATUSES })
  status: string;

  @ApiProperty()
  reason: string;

  @ApiProperty({ type: [OrderLineView], description: 'The goods, and their share of the tax' })
  lines: readonly OrderLineView[];

  @ApiProperty({ description: 'What is given back for it' })
  total: MoneyView;
}

export class PaymentView {
  @ApiProperty({ enum: PAYMENT_STATUSES, description: '`none` until the provider was asked' })
  status: string;

  @ApiProperty({ description: 'Exact decimal; also of a payment that was voided since' })
  authorised: string;

  @ApiProperty({ description: 'Exact decimal' })
  captured: string;

  @ApiProperty({ description: 'Exact decimal' })
  refunded: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'card_declined',
    description: "The provider's code for why it was declined, or why the last refund that failed did not arrive; null once that is made good",
  })
  failure: string | null;
}

export class OrderView extends OrderSummaryView {
  @ApiProperty({ type: [OrderLineView] })
  lines: readonly OrderLineView[];

  @ApiProperty({ type: [ParcelView] })
  parcels: readonly ParcelView[];

  @ApiProperty({ type: [ReturnView] })
  returns: readonly ReturnView[];

  @ApiPropertyOptional({
    type: PaymentView,
    nullable: true,
    description:
      'null where nothing is to be paid through this shop; left out of an order as it was at a `version`, which tells nothing of its payment',
  })
  payment?: PaymentView | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why it was cancelled' })
  cancellation: string | null;
}

export class OrderPageView {
  @ApiProperty({ type: [OrderSummaryView] })
  items: readonly OrderSummaryView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last one' })
  next?: string;
}
