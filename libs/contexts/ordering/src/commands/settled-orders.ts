import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { EventStores } from '@kernel/ports/event-store.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';

/** An order that is no longer only placed, and the event that brought it there. */
export interface SettledOrder {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  /** Why it was cancelled, or null. */
  readonly reason: string | null;
  /** Id of its last event. */
  readonly eventId: string;
}

interface Waiter {
  readonly orderId: string;
  readonly timeout: NodeJS.Timeout;
  readonly answer: (order: SettledOrder | null) => void;
  /** Its time is up: it is answered with whatever the look-up under way finds. */
  isLast: boolean;
}

/** The log's word that it has grown is a hint which can get lost with a connection: so often it is looked without one, ms. */
const UNTOLD_MS = 1_000;

const SETTLED = {
  name: 'settled-orders',
  text: `select o.id, o.status, o.version, e.id as "eventId", case when o.status = 'cancelled' then e.data::jsonb ->> 'reason' end as reason
    from ordering.orders o join ordering.event e on e.stream_id = 'order-' || o.id and e.stream_version = o.version
    where o.id = any($1) and o.status <> 'placed'`,
};

/** Tells those who wait for an order once it is no longer only placed. All that wait are looked up together, whenever the log has grown. */
@Injectable()
export class SettledOrders implements BeforeApplicationShutdown {
  private readonly waiters = new Set<Waiter>();
  private isLooking = false;
  private lookAgain = false;
  private isReleased = false;
  private unsubscribe: (() => void) | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly stores: EventStores,
    private readonly reads: TransactionalReads,
  ) {}

  /** The order once it has settled; null where it has not within the time, or the server stops. Never rejects: the order is placed, whatever happens. */
  whenSettled(orderId: string, ms: number): Promise<SettledOrder | null> {
    if (this.isReleased) return Promise.resolve(null);
    this.unsubscribe ??= this.stores.log('ordering').onAdvance(() => this.look());
    this.timer ??= setInterval(() => this.look(), UNTOLD_MS).unref();
    return new Promise((resolve) => {
      const timeout = setTimeout(() => this.hurry(waiter), ms).unref();
      const waiter: Waiter = { orderId, timeout, answer: resolve, isLast: ms === 0 };
      this.waiters.add(waiter);
      // It may have settled before anybody waited for it.
      this.look();
    });
  }

  /** Answers everybody at once: for a server that stops. */
  release(): void {
    this.isReleased = true;
    for (const waiter of this.waiters) this.answer(waiter, null);
    this.unsubscribe?.();
  }

  beforeApplicationShutdown(): void {
    this.release();
  }

  private hurry(waiter: Waiter): void {
    waiter.isLast = true;
    this.look();
  }

  private look(): void {
    this.lookAgain = true;
    if (!this.isLooking) void this.lookUntilNoneAsks();
  }

  private async lookUntilNoneAsks(): Promise<void> {
    this.isLooking = true;
    while (this.lookAgain && this.waiters.size > 0) {
      this.lookAgain = false;
      const asked = [...this.waiters].map((waiter) => ({ waiter, isLast: waiter.isLast }));
      const found = await this.find(asked.map(({ waiter }) => waiter.orderId));
      for (const { waiter, isLast } of asked) {
        const order = found.get(waiter.orderId) ?? null;
        if (order || isLast) this.answer(waiter, order);
      }
    }
    this.isLooking = false;
  }

  /** A look-up that fails finds nothing; the next one may. */
  private async find(orderIds: readonly string[]): Promise<Map<string, SettledOrder>> {
    const rows = await this.reads.query<SettledOrder>('ordering', SETTLED, [[...new Set(orderIds)]]).catch(() => []);
    return new Map(rows.map((order) => [order.id, order]));
  }

  private answer(waiter: Waiter, order: SettledOrder | null): void {
    if (!this.waiters.delete(waiter)) return;
    clearTimeout(waiter.timeout);
    waiter.answer(order);
    if (this.waiters.size > 0 || !this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
  }
}
