import { ApiProperty } from '@nestjs/swagger';
import type { InlineRow } from '@kernel/ports/event-store.js';

/** What is left when a person is erased, and why it may stay. */
const REMAINS = [
  'the random id of the account (a pseudonym) in events, orders and figures, which leads to nobody once the key is gone',
  'personal data sealed under the destroyed key, in events and their copies, which nobody can open any more',
  'what was bought, paid and sent, as figures and control totals, unchanged',
];

class DestroyedKeyView {
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'First 16 hex digits of the SHA-256 of the wrapped key, by which a backup that still has it is told; null where there never was a key',
    example: '9f86d081884c7d65',
  })
  fingerprint: string | null;

  @ApiProperty({ format: 'date-time' })
  destroyedAt: string;
}

class SealedEventsView {
  @ApiProperty({ description: 'Events whose personal data can no longer be opened' })
  sealed: number;
}

/** The receipt of an erasure. It says nothing of who the person was. */
export class ErasureView {
  @ApiProperty({ format: 'uuid' })
  erasureId: string;

  @ApiProperty({ format: 'uuid', description: 'The id that the account had' })
  subject: string;

  @ApiProperty({ format: 'date-time' })
  erasedAt: string;

  @ApiProperty({ type: String, nullable: true, description: 'Who asked for it; the subject itself where a person erased their own account' })
  erasedBy: string | null;

  @ApiProperty()
  key: DestroyedKeyView;

  @ApiProperty()
  events: SealedEventsView;

  @ApiProperty({ description: 'Sessions that were open' })
  sessionsEnded: number;

  @ApiProperty({ type: [String], description: 'What stays, none of it personal' })
  remains: string[];
}

/** A row of `identity.erasures`. Instants are ISO 8601 UTC. */
export interface Erasure {
  readonly id: string;
  readonly subject: string;
  readonly erasedBy: string | null;
  readonly erasedAt: string;
  readonly keyFingerprint: string | null;
  readonly sealedEvents: number;
  readonly sessionsEnded: number;
  /** Null until nothing in memory or in a session leads to the person either. */
  readonly completedAt: string | null;
}

const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** The columns of an `Erasure`, for a SELECT over `identity.erasures`. */
export const ERASURE_COLUMNS = `id, subject, erased_by as "erasedBy", to_char(erased_at at time zone 'UTC', ${INSTANT}) as "erasedAt",
  key_fingerprint as "keyFingerprint", sealed_events as "sealedEvents", sessions_ended as "sessionsEnded",
  to_char(completed_at at time zone 'UTC', ${INSTANT}) as "completedAt"`;

export const toErasureView = (erasure: Erasure): ErasureView => ({
  erasureId: erasure.id,
  subject: erasure.subject,
  erasedAt: erasure.erasedAt,
  erasedBy: erasure.erasedBy,
  key: { fingerprint: erasure.keyFingerprint, destroyedAt: erasure.erasedAt },
  events: { sealed: erasure.sealedEvents },
  sessionsEnded: erasure.sessionsEnded,
  remains: REMAINS,
});

/** The row of an erasure; one that is completed is a later version of it. */
export const erasureRow = (erasure: Erasure): InlineRow => ({
  table: 'erasures',
  key: 'id',
  row: {
    id: erasure.id,
    subject: erasure.subject,
    erased_by: erasure.erasedBy,
    erased_at: erasure.erasedAt,
    key_fingerprint: erasure.keyFingerprint,
    sealed_events: erasure.sealedEvents,
    sessions_ended: erasure.sessionsEnded,
    completed_at: erasure.completedAt,
    version: erasure.completedAt === null ? 1 : 2,
  },
});
