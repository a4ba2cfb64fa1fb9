import type { BusMessage, EventBus, SubscribeOptions, Subscription } from '@kernel/ports/event-bus.js';
import { WrappedBus } from '../wrapped-bus.js';
import type { World } from './world.js';

/** A bus that now and then gives once more what it gave before: at least once is what a consumer may count on. */
export class RepeatingBus extends WrappedBus {
  constructor(
    bus: EventBus,
    private readonly world: World,
  ) {
    super(bus);
  }

  override subscribe(options: SubscribeOptions): Promise<Subscription> {
    let before: readonly BusMessage[] = [];
    return this.bus.subscribe({
      ...options,
      // Whoever names a place anew is to get what follows it, and nothing from beyond.
      from: (partition) => {
        before = before.filter((message) => message.partition !== partition);
        return options.from(partition);
      },
      onBatch: async (messages) => {
        const again = this.world.faults.strikes('delivered again', 0.02) ? before : [];
        // What failed comes again by itself.
        before = [];
        await options.onBatch([...again, ...messages]);
        before = messages;
      },
    });
  }
}
