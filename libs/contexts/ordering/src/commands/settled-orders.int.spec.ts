import { testOrdering, type TestOrdering } from '@testing/ordering.js';
import type { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { SettledOrders } from './settled-orders.js';

/** Longer than any of these tests takes: who is answered was told, and did not run out of time. */
const LONG = 60_000;

let ordering: TestOrdering;
beforeAll(async () => {
  ordering = await testOrdering();
});
afterAll(() => ordering.close());

let settled: SettledOrders;
/** How many orders each look-up was for. */
let lookUps: number[];
let failing: boolean;
beforeEach(() => {
  [lookUps, failing] = [[], false];
  const reads: Pick<TransactionalReads, 'query'> = {
    query: (context, statement, values) => {
      lookUps.push((values[0] as string[]).length);
      return failing ? Promise.reject(new Error('away')) : ordering.reads.query(context, statement, values);
    },
  };
  settled = new SettledOrders(ordering.stores, reads as TransactionalReads);
});
afterEach(() => settled.release());

const confirm = (orderId: string) => ordering.orders.move(orderId, { type: 'EnsureConfirmed', data: { orderId } });
const lastEvent = async (orderId: string) => (await ordering.orders.repository.history(orderId)).at(-1)!.id;

it('tells of an order once it is confirmed, and of the event that did it', async () => {
  await ordering.place('o-1');
  const waiting = settled.whenSettled('o-1', LONG);
  await confirm('o-1');
  expect(await waiting).toEqual({ id: 'o-1', status: 'confirmed', version: 2, reason: null, eventId: await lastEvent('o-1') });
});

it('tells why an order was cancelled', async () => {
  await ordering.place('o-2');
  const waiting = settled.whenSettled('o-2', LONG);
  await ordering.orders.move('o-2', { type: 'CancelOrder', data: { orderId: 'o-2', reason: 'payment.declined' } });
  expect(await waiting).toMatchObject({ status: 'cancelled', reason: 'payment.declined' });
});

it('tells at once of an order that settled before anybody waited, and as it is by now', async () => {
  await ordering.place('o-3');
  await confirm('o-3');
  await ordering.orders.move('o-3', { type: 'ShipOrder', data: { orderId: 'o-3', parcelId: 'p', lines: null, awaits: null } });
  for (const ms of [0, LONG]) expect(await settled.whenSettled('o-3', ms)).toMatchObject({ status: 'shipped', version: 3 });
});

it('has nothing to tell when the time is up', async () => {
  await ordering.place('o-4');
  expect(await settled.whenSettled('o-4', 0)).toBeNull();
  expect(await settled.whenSettled('o-4', 30)).toBeNull();
});

it('looks all that wait up together', async () => {
  const ids = Array.from({ length: 50 }, (_, index) => `many-${index}`);
  for (const id of ids) await ordering.place(id);
  const waiting = ids.map((id) => settled.whenSettled(id, LONG));
  await Promise.all(ids.map(confirm));
  expect((await Promise.all(waiting)).map((order) => order?.status)).toEqual(ids.map(() => 'confirmed'));
  expect(Math.max(...lookUps)).toBeGreaterThan(10);
  // One for each at most would be as many as there are orders, twice: for the first look and for the word of the log.
  expect(lookUps.length).toBeLessThan(ids.length);
});

it('answers everybody when the server stops, and nobody waits from then on', async () => {
  await ordering.place('o-5');
  const waiting = settled.whenSettled('o-5', LONG);
  settled.beforeApplicationShutdown();
  expect(await waiting).toBeNull();
  expect(await settled.whenSettled('o-5', LONG)).toBeNull();
});

it('goes on waiting while it cannot look, and never fails an order that is placed', async () => {
  await ordering.place('o-6');
  failing = true;
  expect(await settled.whenSettled('o-6', 20)).toBeNull();
  const waiting = settled.whenSettled('o-6', LONG);
  await new Promise((resolve) => setImmediate(resolve));
  failing = false;
  await confirm('o-6');
  expect(await waiting).toMatchObject({ status: 'confirmed' });
});
