import { Injectable } from '@nestjs/common';
import { EventBus, type SubscribeOptions, type Subscription } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { LOG_EVENT_BUS_DEFAULTS, type LogEventBusOptions } from './log-event-bus-options.js';
import { LogSubscription } from './log-subscription.js';

/** The bus without a broker: every subscription follows its context's log directly, partitioned by stream as a topic would be. */
@Injectable()
export class LogEventBus extends EventBus {
  private readonly options: LogEventBusOptions;

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

  /** @throws RangeError for a partition that the topic does not have. */
  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    if (!Number.isInteger(options.partition) || options.partition < 0 || options.partition >= this.options.partitions) {
      throw new RangeError(`${options.context}.events has partitions 0 to ${this.options.partitions - 1}, not ${options.partition}`);
    }
    return new LogSubscription(this.stores.log(options.context), options, this.options).start();
  }
}
