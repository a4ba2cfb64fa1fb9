import type { LoggedEvent } from '@kernel/event.js';
import type { BusMessage } from '@kernel/ports/event-bus.js';
import { partitionOf } from '@adapters/event-bus/src/partition.js';
import type { MemoryLogs } from '../memory-log.js';

/** Where the sagas are in every partition: moved in the transaction that handles what came. A bus that left something out has broken its word. */
export class Checkpoints {
  private readonly handled = new Map<string, number>();
  private count = 0;

  constructor(
    private readonly logs: MemoryLogs,
    private readonly partitions: number,
    private readonly deliver: (event: LoggedEvent) => void,
    private readonly violate: (what: string) => void,
  ) {}

  of(context: string, partition: number): number {
    return this.handled.get(`${context}/${partition}`) ?? 0;
  }

  handle(context: string, messages: readonly BusMessage[]): void {
    for (const { partition, event } of messages) {
      const before = this.of(context, partition);
      if (event.position <= before) continue;
      const left = this.logs
        .log(context)
        .events.slice(before, event.position - 1)
        .find(({ stream }) => partitionOf(stream, this.partitions) === partition);
      if (left) this.violate(`the bus left out position ${left.position} of ${context}/${partition} before ${event.position}`);
      this.handled.set(`${context}/${partition}`, event.position);
      this.count += 1;
      this.deliver(event);
    }
  }

  /** Whether everything in the logs has been handled. */
  get isDone(): boolean {
    return this.count === this.logs.contexts().reduce((sum, context) => sum + this.logs.log(context).events.length, 0);
  }
}
