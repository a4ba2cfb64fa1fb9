import { Injectable, Logger } from '@nestjs/common';
import { EventStores } from '@kernel/ports/event-store.js';
import { OperationsLog } from '@kernel/ports/operations-log.js';
import { Refusal } from '@kernel/refusal.js';
import { TARGET_MAX, type OperationRecorded } from './contract/operation-events.js';

/** One event of an operation, and its place: they change nothing, so each operation has a stream of its own and none waits for another. */
export interface OperationRecord {
  readonly stream: string;
  readonly expectedVersion: number;
  readonly data: OperationRecorded['data'];
}

/** Brackets an operation with its records, wherever they are kept. */
export abstract class OperationRecords extends OperationsLog {
  private readonly logger = new Logger(OperationRecords.name);

  abstract keep(record: OperationRecord): Promise<void>;

  async record<Result>(operation: string, target: string, work: () => Promise<Result>): Promise<Result> {
    const stream = `operation-${crypto.randomUUID()}`;
    const told = { operation, target: target.slice(0, TARGET_MAX).toWellFormed() };
    await this.keep({ stream, expectedVersion: 0, data: { ...told, outcome: 'begun', code: null } });
    const end = (outcome: 'done' | 'refused' | 'failed', code: string | null): Promise<void> =>
      this.end({ stream, expectedVersion: 1, data: { ...told, outcome, code } });
    try {
      const result = await work();
      await end('done', null);
      return result;
    } catch (error) {
      const isRefused = error instanceof Refusal;
      await end(isRefused ? 'refused' : 'failed', isRefused ? error.code : null);
      throw error;
    }
  }

  /** Never rejects: what was done is done, and an error would have it asked for again. That it was begun stays. */
  private async end(record: OperationRecord): Promise<void> {
    try {
      await this.keep(record);
    } catch (err) {
      this.logger.error({ err, stream: record.stream }, 'cannot record the outcome of an operation');
    }
  }
}

/** Keeps operations as events, by whoever's request it is. */
@Injectable()
export class RecordedOperations extends OperationRecords {
  constructor(private readonly stores: EventStores) {
    super();
  }

  async keep({ stream, expectedVersion, data }: OperationRecord): Promise<void> {
    const event: OperationRecorded = { type: 'identity.OperationRecorded', version: 1, data };
    await this.stores.store('identity').append({ streams: [{ stream, expectedVersion, events: [event] }] });
  }
}
