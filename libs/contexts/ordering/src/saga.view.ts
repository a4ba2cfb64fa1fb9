import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { SagaDetail, SagaSummary } from '@kernel/ports/sagas.js';

export const SAGA_STATUSES = ['running', 'resting', 'compensating', 'failed', 'ended'] as const;

export class SagaSummaryView {
  @ApiProperty({ example: 'fulfilment' })
  saga: string;

  @ApiProperty({ description: "Of a fulfilment the order's id; of a return the return's, or that of a credit note without one" })
  id: string;

  @ApiProperty({ enum: SAGA_STATUSES, description: 'Resting waits for people, failed for an operator' })
  status: SagaSummary['status'];

  @ApiProperty({ example: 'authorise-payment' })
  step: string;

  @ApiPropertyOptional({ example: 'completed', description: 'How it ended' })
  outcome?: string;

  @ApiProperty({ format: 'date-time' })
  startedAt: string;

  @ApiProperty({ format: 'date-time', description: 'When it last moved' })
  movedAt: string;

  @ApiProperty({ description: 'How many steps it has taken' })
  version: number;

  @ApiProperty({
    description: 'It failed or waits otherwise for an operator, which counts at once; or it is slow: it has not moved for SAGA_STUCK_SECONDS',
  })
  stuck: boolean;
}

export class SagaPageView {
  @ApiProperty({ type: [SagaSummaryView] })
  items: readonly SagaSummaryView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last one' })
  next?: string;
}

class SagaMessageView {
  @ApiProperty({ example: 'catalog.StockReservationMade' })
  type: string;

  @ApiProperty({ type: Object, description: 'What the saga kept of it' })
  data: unknown;
}

class SagaCommandView {
  @ApiProperty()
  id: string;

  @ApiProperty({ example: 'AuthorisePayment' })
  name: string;

  @ApiProperty({ example: 'ordering', description: 'Context that carries it out' })
  context: string;

  @ApiProperty({ type: Object })
  data: unknown;
}

class SagaStepView {
  @ApiProperty()
  version: number;

  @ApiProperty({ description: 'What it was told' })
  on: SagaMessageView;

  @ApiProperty({ description: 'Id of the event that told it; deadlines and operators have ids of their own' })
  messageId: string;

  @ApiProperty({ format: 'date-time', description: 'When the message was recorded' })
  at: string;

  @ApiProperty({ format: 'date-time', description: 'When the saga handled it' })
  recordedAt: string;

  @ApiProperty({ type: [SagaCommandView], description: 'What it asked for' })
  commands: readonly SagaCommandView[];

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string', format: 'date-time' }, description: 'Deadlines that it set' })
  deadlines: Readonly<Record<string, string>>;

  @ApiProperty({ type: [String], description: 'Deadlines that no longer counted' })
  cleared: readonly string[];
}

class PendingCommandView extends SagaCommandView {
  @ApiProperty()
  attempts: number;

  @ApiProperty({ format: 'date-time' })
  nextAttemptAt: string;

  @ApiPropertyOptional({ description: 'Why the last attempt failed' })
  error?: string;

  @ApiProperty({ description: 'It is tried again only by an operator’s retry' })
  parked: boolean;
}

class ParkedMessageView {
  @ApiProperty()
  messageId: string;

  @ApiProperty()
  type: string;

  @ApiProperty({ description: 'Why the saga could not process it; those after it wait behind it' })
  reason: string;

  @ApiProperty({ format: 'date-time' })
  parkedAt: string;
}

export class SagaView extends SagaSummaryView implements SagaDetail {
  @ApiProperty({ type: [String], example: ['confirm-order', 'ship-order'], description: 'Steps to come if nothing goes wrong' })
  remaining: readonly string[];

  @ApiProperty({ type: [SagaStepView], description: 'Everything that it was told and did, in order' })
  timeline: readonly SagaDetailStep[];

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string', format: 'date-time' }, description: 'Deadlines that count' })
  deadlines: Readonly<Record<string, string>>;

  @ApiProperty({ type: [PendingCommandView], description: 'Commands still to be carried out' })
  pending: readonly PendingCommandView[];

  @ApiProperty({ type: [ParkedMessageView] })
  parked: readonly ParkedMessageView[];
}
type SagaDetailStep = SagaDetail['timeline'][number];
