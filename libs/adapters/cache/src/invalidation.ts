import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { CacheRule, CommittedEvent } from '@kernel/ports/cache.js';
import type { BusMessage, EventBus, Subscription } from '@kernel/ports/event-bus.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import type { TieredCache } from './tiered-cache.js';

export interface CacheInvalidationOptions {
  readonly cache: TieredCache;
  readonly rules: readonly CacheRule[];
  readonly onError: (error: unknown, what: string) => void;
}

const MAX_BATCH = 500;
/** What other processes commit is forgotten a moment later: each look at the log costs its database as much as a small command. */
const LINGER_MS = 100;
const MOST_SEEN = 20_000;

/**
 * Brings events to the cache, on two ways. What this process commits is forgotten before the command is answered, so that whoever got the answer
 * reads what it says. What other processes commit comes by the bus, and so does what a process that died, or could not reach Redis, left undone.
 */
export class CacheInvalidation {
  private readonly rules: ReadonlyMap<string, readonly CacheRule[]>;
  /** Events that this process has dealt with, by id: the bus brings them again. */
  private readonly seen = new Set<string>();
  private readonly process = `${hostname()}.${randomUUID()}`;
  private subscriptions: Subscription[] = [];

  constructor(private readonly options: CacheInvalidationOptions) {
    this.rules = Map.groupBy(options.rules, ({ context }) => context);
  }

  /** Never rejects: the events are committed, whatever becomes of the cache. */
  async committed(context: string, events: readonly CommittedEvent[]): Promise<void> {
    if (!this.rules.has(context)) return;
    for (const { id } of events) this.markSeen(id);
    await this.forget(context, events);
  }

  /** Follows the contexts' events from their ends on. Before the cache is used: what is kept from before counts as forgotten. */
  async start(bus: EventBus, stores: Pick<EventStores, 'log'>): Promise<void> {
    this.subscriptions = await Promise.all([...this.rules.keys()].map((context) => this.follow(bus, stores, context)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.close()));
    this.subscriptions = [];
  }

  private async follow(bus: EventBus, stores: Pick<EventStores, 'log'>, context: string): Promise<Subscription> {
    const head = await stores.log(context).head();
    const positions = new Map<number, number>();
    return bus.subscribe({
      context,
      // Every process forgets for itself, so each is a group of its own.
      group: `cache.${this.process}`,
      from: async (partition) => positions.get(partition) ?? head,
      maxBatch: MAX_BATCH,
      lingerMs: LINGER_MS,
      onBatch: async (messages) => {
        await this.read(context, messages);
        for (const { partition, event } of messages) positions.set(partition, event.position);
      },
    });
  }

  private async read(context: string, messages: readonly BusMessage[]): Promise<void> {
    const news = messages.filter(({ event }) => !this.seen.has(event.id)).map(({ event }) => event);
    for (const { id } of news) this.markSeen(id);
    if (news.length > 0) await this.forget(context, news);
  }

  private async forget(context: string, events: readonly CommittedEvent[]): Promise<void> {
    try {
      const rules = this.rules.get(context) ?? [];
      const told = events
        .map((event) => ({ id: event.id, stale: rules.flatMap(({ stale }) => stale(event)) }))
        .filter(({ stale }) => stale.length > 0);
      await this.options.cache.invalidateAll(
        told.flatMap(({ stale }) => stale),
        told.map(({ id }) => id),
      );
    } catch (error) {
      // A rule that names no key is a mistake of ours, for which no reader shall see what is stale.
      this.options.onError(error, 'invalidating the cache by events');
      await this.options.cache.invalidate('*');
    }
  }

  private markSeen(id: string): void {
    this.seen.add(id);
    if (this.seen.size <= MOST_SEEN) return;
    for (const oldest of this.seen) {
      this.seen.delete(oldest);
      if (this.seen.size <= MOST_SEEN / 2) break;
    }
  }
}
