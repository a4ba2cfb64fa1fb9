import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { MoneyView } from '../../order-answer.view.js';

export class OrderLineView {
  @ApiProperty()
  sku: string;

  @ApiProperty()
  name: string;

  @ApiProperty()
  category: string;

  @ApiProperty()
  quantity: number;

  @ApiProperty({ description: 'Exact decimal' })
  unitPrice: string;

  @ApiProperty({ description: 'Exact decimal' })
  lineTotal: string;
}

export class OrderSummaryView {
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: ['placed', 'confirmed', 'shipped', 'delivered', 'cancelled'] })
  status: string;

  @ApiProperty({ type: String, nullable: true, description: 'Pseudonym; null where a past system knew none' })
  customerId: string | null;

  @ApiProperty({ enum: ['web', 'import'] })
  channel: string;

  @ApiProperty()
  country: string;

  @ApiProperty()
  total: MoneyView;

  @ApiProperty()
  units: number;

  @ApiProperty()
  placedAt: string;

  @ApiProperty()
  version: number;
}

export class OrderView extends OrderSummaryView {
  @ApiProperty({ type: [OrderLineView] })
  lines: OrderLineView[];
}

export class OrderPageView {
  @ApiProperty({ type: [OrderSummaryView] })
  items: readonly OrderSummaryView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last one' })
  next?: string;
}

export class HistoryEventView {
  @ApiProperty()
  id: string;

  @ApiProperty({ example: 'ordering.OrderPlaced' })
  type: string;

  @ApiProperty({ description: "Version of the event's schema" })
  version: number;

  @ApiProperty()
  stream: string;

  @ApiProperty()
  streamVersion: number;

  @ApiProperty({ type: Number, nullable: true, description: "Place in ordering's log; null for the moment before the sequencer gave it" })
  position: number | null;

  @ApiProperty({ description: 'Business time' })
  occurredAt: string;

  @ApiProperty()
  recordedAt: string;

  @ApiProperty({ type: String, nullable: true })
  actor: string | null;

  @ApiProperty()
  correlationId: string;

  @ApiProperty({ type: String, nullable: true })
  causationId: string | null;

  @ApiProperty({ type: String, nullable: true })
  traceparent: string | null;

  @ApiProperty({ type: Object, description: 'As the newest version of its schema has it' })
  data: unknown;

  @ApiProperty({ description: 'MD5 over the stored event' })
  digest: string;
}
