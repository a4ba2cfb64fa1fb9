import { Injectable } from '@nestjs/common';
import { Aggregates, type Repository } from '@kernel/ports/aggregates.js';
import type { CreditNoteRecorded } from './contract/events.js';
import { creditNote, type CreditNote, type CreditNoteCommand } from './domain/credit-note.js';

/** Credit notes of a past system, a stream each. */
@Injectable()
export class CreditNotes {
  readonly repository: Repository<CreditNote, CreditNoteCommand, CreditNoteRecorded>;

  constructor(aggregates: Aggregates) {
    this.repository = aggregates.of('ordering', { decider: creditNote, stream: (id) => `credit-note-${id}` });
  }
}
