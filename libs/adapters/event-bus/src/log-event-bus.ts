import { Injectable } from '@nestjs/common';
import { EventBus, type Published, type SubscribeOptions, type Subscription } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { LOG_EVENT_BUS_DEFAULTS, type LogEventBusOptions } from './log-event-bus-options.js';
import { LogSubscription } from './log-subscription.js';
import { partitionOf } from './partition.js';
import { LastPositions } from './last-positions.js';

/** The bus without a broker: every subscription follows its context's log directly, partitioned by stream as a topic would be, and has every partition. */
@Injectable()
export class LogEventBus extends EventBus {
  private readonly options: LogEventBusOptions;
  private readonly read = new Map<string, LastPositions>();

  constructor(
    private readonly stores: EventStores,
    options: Partial<LogEventBusOptions> = {},
  ) {
    super();
    this.options = { ...LOG_EVENT_BUS_DEFAULTS, ...options };
  }

  partitions(_context: string): number {
    return this.options.partitions;
  }

  partitionOf(_context: string, stream: string): number {
    return partitionOf(stream, this.options.partitions);
  }

  /** What the log holds is published. */
  async published(context: string): Promise<Published> {
    const log = this.stores.log(context);
    const position = await log.head();
    if (this.options.partitions === 1) return { position, last: [position] };
    const last = this.read.get(context) ?? new LastPositions(log, this.options.partitions);
    this.read.set(context, last);
    return last.upTo(position);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    return new LogSubscription(this.stores.log(options.context), options, this.options).start();
  }
}
