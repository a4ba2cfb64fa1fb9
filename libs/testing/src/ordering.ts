import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import { ContextDatabase, Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { PostgresReads } from '@adapters/event-store/src/postgres-reads.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { SystemClock } from '@adapters/runtime/src/system-clock.js';
import { orderingEvents } from '@contexts/ordering/src/contract/events.js';
import type { OrderCommand } from '@contexts/ordering/src/domain/order.js';
import { Orders } from '@contexts/ordering/src/orders.js';
import { Payments } from '@contexts/ordering/src/payments.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { orderingMigrations } from '@migrations/postgres/src/ordering/index.js';
import { testDatabase } from './postgres.js';

type NewOrder = Extract<OrderCommand, { type: 'PlaceOrder' }>['data'];

/** An order of two mugs for 5.00, unless told otherwise. */
export const newOrder = (orderId: string, of: Partial<NewOrder> = {}): Extract<OrderCommand, { type: 'PlaceOrder' }> => ({
  type: 'PlaceOrder',
  data: {
    orderId,
    customerId: 'c-1',
    country: 'France',
    currency: 'GBP',
    placedAt: new Date().toISOString(),
    payment: { token: 'tok' },
    lines: [{ kind: 'goods', sku: 'MUG', name: 'Mug', category: 'Kitchen', quantity: 2, unitPrice: '2.50' }],
    ...of,
  },
});

/** Ordering over a Postgres database of its own, with its log sequenced as in a server. */
export async function testOrdering() {
  const server = await testDatabase();
  const database = await ContextDatabase.connect({ context: 'ordering', url: server.url, migrations: orderingMigrations });
  await database.migrate();
  const [registry, scope] = [new SchemaRegistry(orderingEvents), new AsyncRequestContext()];
  const errors: unknown[] = [];
  const stores = new PostgresEventStores({
    databases: [database],
    registry,
    scope,
    clock: new SystemClock(),
    onError: (error) => errors.push(error),
  });
  const aggregates = new StoredAggregates(stores, registry, scope);
  const orders = new Orders(aggregates);
  stores.start();
  return {
    stores,
    scope,
    aggregates,
    orders,
    payments: new Payments(aggregates),
    reads: new PostgresReads(new Databases([database])),
    /** What went wrong behind the scenes. */
    errors,
    place: (orderId: string, of: Partial<NewOrder> = {}) =>
      orders.repository.create(orderId, newOrder(orderId, of), () => ({ status: 201, body: null })),
    close: async () => {
      await stores.stop();
      await database.close();
      await server.drop();
    },
  };
}

export type TestOrdering = Awaited<ReturnType<typeof testOrdering>>;
