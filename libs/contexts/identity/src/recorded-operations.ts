import { Injectable, Logger } from '@nestjs/common';
import { EventStores } from '@kernel/ports/event-store.js';
import { OperationsLog } from '@kernel/ports/operations-log.js';
import { Refusal } from '@kernel/refusal.js';
import { TARGET_MAX, type OperationRecorded } from './contract/operation-events.js';

type Recorded = OperationRecorded['data'];

/** Keeps operations as events, by whoever's request it is. A stream each: they change nothing, and none waits for another. */
@Injectable()
export class RecordedOperations extends OperationsLog {
  private readonly logger = new Logger(RecordedOperations.name);

  constructor(private readonly stores: EventStores) {
    super();
  }

  async record<Result>(operation: string, target: string, work: () => Promise<Result>): Promise<Result> {
    const stream = `operation-${crypto.randomUUID()}`;
    const told = { operation, target: target.slice(0, TARGET_MAX).toWellFormed() };
    await this.append(stream, 0, { ...told, outcome: 'begun', code: null });
    try {
      const result = await work();
      await this.end(stream, { ...told, outcome: 'done', code: null });
      return result;
    } catch (error) {
      const isRefused = error instanceof Refusal;
      await this.end(stream, { ...told, outcome: isRefused ? 'refused' : 'failed', code: isRefused ? error.code : null });
      throw error;
    }
  }

  /** Never rejects: what was done is done, and an error would have it asked for again. That it was begun stays. */
  private async end(stream: string, recorded: Recorded): Promise<void> {
    try {
      await this.append(stream, 1, recorded);
    } catch (err) {
      this.logger.error({ err, stream }, 'cannot record the outcome of an operation');
    }
  }

  private async append(stream: string, expectedVersion: number, data: Recorded): Promise<void> {
    const event: OperationRecorded = { type: 'identity.OperationRecorded', version: 1, data };
    await this.stores.store('identity').append({ streams: [{ stream, expectedVersion, events: [event] }] });
  }
}
