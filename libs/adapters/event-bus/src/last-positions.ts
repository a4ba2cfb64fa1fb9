import type { Published } from '@kernel/ports/event-bus.js';
import type { EventLog } from '@kernel/ports/event-store.js';
import { partitionOf } from './partition.js';

const PAGE = 1_000;

/** Reads a log on to learn which position came last in each partition; what was read is not read again. */
export class LastPositions {
  private position = 0;
  private readonly last: number[];
  private reading: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    private readonly partitions: number,
  ) {
    this.last = Array<number>(partitions).fill(0);
  }

  /** At a position, or a later one where another has asked for it meanwhile. */
  upTo(position: number): Promise<Published> {
    const read = this.reading.then(() => this.readUpTo(position));
    this.reading = read.catch(() => undefined);
    return read;
  }

  private async readUpTo(position: number): Promise<Published> {
    while (this.position < position) {
      const events = await this.log.readAfter(this.position, Math.min(PAGE, position - this.position));
      if (events.length === 0) break;
      for (const event of events) this.last[partitionOf(event.stream, this.partitions)] = event.position;
      this.position = events.at(-1)!.position;
    }
    return { position: this.position, last: [...this.last] };
  }
}
