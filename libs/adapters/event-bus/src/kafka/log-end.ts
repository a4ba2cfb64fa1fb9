import type { KafkaMessage } from 'kafkajs';
import type { EventLog } from '@kernel/ports/event-store.js';
import type { ChainedEvent } from './message.js';

/** A message of which it is not known yet whether its position is in the log. */
export interface Arrived {
  readonly partition: number;
  readonly message: KafkaMessage;
  readonly chained: ChainedEvent;
}

/**
 * Holds messages back until the log is known to reach them. Events are in the log before they are on their topic: what lies beyond its end is of
 * another log, or of this one before it was restored to an earlier moment, and must not count as the place that a partition has come to.
 */
export class LogEnd {
  private head = 0;
  private arrived: Arrived[] = [];
  bytes = 0;

  constructor(private readonly log: EventLog) {}

  get size(): number {
    return this.arrived.length;
  }

  hold(arrived: Arrived): void {
    this.arrived.push(arrived);
    this.bytes += arrived.chained.event.data.length;
  }

  /** A partition that is another's now. */
  drop(partition: number): void {
    this.keep(this.arrived.filter((each) => each.partition !== partition));
  }

  /** What has come since, in order, each with whether the log has its position; the log is asked only where what is known of it does not say so. */
  async known(): Promise<{ readonly arrived: Arrived; readonly isInLog: boolean }[]> {
    const asked = new Set(this.arrived);
    const isReached = ({ chained }: Arrived): boolean => chained.event.position <= this.head;
    if (!this.arrived.every(isReached)) this.head = await this.log.head();
    // What came during the question may be newer than its answer.
    const { told = [], waiting = [] } = Object.groupBy(this.arrived, (each) => (asked.has(each) || isReached(each) ? 'told' : 'waiting'));
    this.keep(waiting);
    return told.map((arrived) => ({ arrived, isInLog: isReached(arrived) }));
  }

  private keep(arrived: Arrived[]): void {
    this.arrived = arrived;
    this.bytes = arrived.reduce((sum, { chained }) => sum + chained.event.data.length, 0);
  }
}
