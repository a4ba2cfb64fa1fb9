import { Injectable } from '@nestjs/common';
import { EventStores } from '@kernel/ports/event-store.js';
import type { SubjectDataExported } from './contract/events.js';

/** Tells the audit trail that somebody was given what is held of somebody else. */
@Injectable()
export class SubjectDataExports {
  constructor(private readonly stores: EventStores) {}

  /** A stream each: nothing about the user changes. */
  async tell(userId: string): Promise<void> {
    const event: SubjectDataExported = { type: 'identity.SubjectDataExported', version: 1, data: { userId } };
    await this.stores.store('identity').append({ streams: [{ stream: `export-${crypto.randomUUID()}`, expectedVersion: 0, events: [event] }] });
  }
}
