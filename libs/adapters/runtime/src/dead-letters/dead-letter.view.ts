import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PageQuery } from '../http/page.query.js';
import {
  DEAD_LETTER_KINDS,
  type DeadLetter,
  type DeadLetterDetail,
  type DeadLetterKind,
  type DiscardedDeadLetter,
  type RetriedDeadLetter,
} from '@kernel/ports/dead-letters.js';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';

const STATES = ['parked', 'held'] as const;

export class ListDeadLettersQuery extends PageQuery {
  @ApiPropertyOptional({ enum: DEAD_LETTER_KINDS })
  @IsOptional()
  @IsIn(DEAD_LETTER_KINDS)
  kind?: DeadLetterKind;

  @ApiPropertyOptional({ enum: STATES })
  @IsOptional()
  @IsIn(STATES)
  state?: DeadLetter['state'];

  @ApiPropertyOptional({ example: 'catalog.ReserveStock', description: 'Type of the event or command, or the topic' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  type?: string;

  @ApiPropertyOptional({ example: 'fulfilment/0192f0c1-2a3b-7c4d-8e5f-60718293a4b5', description: 'Whose it is' })
  @IsOptional()
  @IsString()
  @Length(1, 300)
  subject?: string;
}

export class DiscardBody {
  @ApiProperty({ example: 'a test message that somebody put there by hand', description: 'Kept with who did it' })
  @IsString()
  @Length(1, 200)
  reason: string;
}

export class DeadLetterView implements DeadLetter {
  @ApiProperty({ example: 'saga-message-12' })
  id: string;

  @ApiProperty({ example: 'ordering' })
  context: string;

  @ApiProperty({
    enum: DEAD_LETTER_KINDS,
    description: 'Commands are parked in the outbox of their saga’s context, or in the inbox where they were received',
  })
  kind: DeadLetterKind;

  @ApiProperty({ example: 'catalog.StockReservationMade', description: 'Type of the event or command, or the topic' })
  type: string;

  @ApiProperty({ example: 'fulfilment/0192f0c1-2a3b-7c4d-8e5f-60718293a4b5', description: 'The saga, or the place in the topic' })
  subject: string;

  @ApiProperty({ enum: STATES, description: '`held` waits behind a parked one of the same saga, which comes first' })
  state: DeadLetter['state'];

  @ApiProperty({ description: 'Why it could not be processed' })
  reason: string;

  @ApiProperty({ format: 'date-time' })
  parkedAt: string;
}

export class DeadLetterPageView {
  @ApiProperty({ type: [DeadLetterView] })
  items: readonly DeadLetterView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last one' })
  next?: string;
}

const ENCODINGS = ['text', 'base64'] as const;

export class DeadLetterDetailView extends DeadLetterView implements DeadLetterDetail {
  @ApiProperty({ type: String, nullable: true, description: 'The event’s or command’s own id' })
  messageId: string | null;

  @ApiProperty({ description: 'As it came' })
  data: string;

  @ApiProperty({ enum: ENCODINGS, description: 'How `data` is written: what is no text is base64' })
  encoding: DeadLetterDetail['encoding'];

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'Of a topic’s message' })
  headers: Readonly<Record<string, string>>;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Deliveries of a command so far' })
  attempts: number | null;

  @ApiProperty({ type: 'integer', description: 'How many messages of its saga wait behind it' })
  behind: number;
}

const OUTCOMES = ['handled', 'queued', 'parked'] as const;

export class RetriedDeadLetterView implements RetriedDeadLetter {
  @ApiProperty({ example: 'saga-message-12' })
  id: string;

  @ApiProperty({ enum: OUTCOMES, description: '`handled` now; `queued` to be carried out at once; `parked` again' })
  outcome: RetriedDeadLetter['outcome'];

  @ApiPropertyOptional({ description: 'Why it is parked again' })
  reason?: string;
}

export class DiscardedDeadLetterView implements DiscardedDeadLetter {
  @ApiProperty({ example: 'saga-message-12' })
  id: string;

  @ApiProperty({ description: 'Id of the user who gave it up' })
  discardedBy: string;

  @ApiProperty()
  reason: string;
}
