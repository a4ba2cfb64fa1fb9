import { EventBus, type Published, type SubscribeOptions, type Subscription } from '@kernel/ports/event-bus.js';

/** Another bus, as it is: for tests whose bus delivers in some other way. */
export class WrappedBus extends EventBus {
  constructor(protected readonly bus: EventBus) {
    super();
  }

  partitions(context: string): number {
    return this.bus.partitions(context);
  }

  partitionOf(context: string, stream: string): number {
    return this.bus.partitionOf(context, stream);
  }

  published(context: string): Promise<Published> {
    return this.bus.published(context);
  }

  subscribe(options: SubscribeOptions): Promise<Subscription> {
    return this.bus.subscribe(options);
  }
}
