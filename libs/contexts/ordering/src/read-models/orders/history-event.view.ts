import { ApiProperty } from '@nestjs/swagger';

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
