import { eventually } from '@testing/eventually.js';
import { newCharge } from '@testing/payment-provider-under-test.js';
import { SimulatedWorld } from '@testing/simulated-world.js';
import { retryMs } from './callbacks.js';
import type { SimulatedPayments } from './simulated-payments.js';
import type { Statements } from './statements.js';

describe('callbacks of the simulated service', () => {
  let world: SimulatedWorld;
  let service: SimulatedPayments;

  beforeAll(async () => void (world = await SimulatedWorld.make()));
  afterAll(() => world.close());
  beforeEach(() => void (service = world.service()));
  afterEach(() => world.clear());

  it('left over by a service that stopped are delivered by the next one', async () => {
    await service.authorise(newCharge('tok_late'));
    await service.authorise(newCharge('tok_duplicate_callback'));
    await service.stop();
    world.service().start(world.shop.url);
    await world.rest();
    expect(world.told()).toEqual(['authorised', 'authorised', 'authorised', 'authorised']);
  });

  it('go on after a stop and a start of the same service, which runs once at a time', async () => {
    service.start(world.shop.url);
    expect(() => service.start(world.shop.url)).toThrow('already');
    await service.stop();
    await service.authorise(newCharge('tok_late'));
    service.start(world.shop.url);
    await world.rest();
    expect(world.told()).toEqual(['authorised']);
  });

  it('come again, the same each time, until they are taken', async () => {
    const answers = [500, 302, 404];
    world.shop.answer = () => answers.shift() ?? 204;
    service.start(world.shop.url);
    await service.authorise(newCharge('tok_late'));
    await world.rest();
    expect(world.told()).toEqual(['authorised', 'authorised', 'authorised', 'authorised']);
    expect(new Set(world.shop.received.map(({ body }) => body)).size).toBe(1);
  });

  it('are put off further each time, at most by a minute', () => {
    const waits = [1, 2, 3, 8, 9, 50, 4_000].map(retryMs);
    expect(waits).toEqual([250, 500, 1_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('come again to a shop that never answers', async () => {
    service = world.service({ timeoutMs: 100 });
    world.shop.answer = () => (world.shop.received.length === 1 ? new Promise<number>(() => undefined) : 204);
    service.start(world.shop.url);
    await service.authorise(newCharge('tok_late'));
    await world.rest();
    expect(world.told()).toEqual(['authorised', 'authorised']);
    expect(world.shop.abandoned).toBe(1);
  });

  it('wait for no shop when the service stops, which puts them off itself', async () => {
    const done: string[] = [];
    const { database } = world.book;
    const statements: Statements = {
      query: async (statement, values) => database.query<never>(statement, values).finally(() => done.push(statement.name)),
    };
    world.shop.answer = () => new Promise<number>(() => undefined);
    service = world.service({ statements, timeoutMs: 600_000 });
    service.start(world.shop.url);
    await service.authorise(newCharge('tok_late'));
    await eventually(() => expect(world.shop.received).toHaveLength(1));
    await service.stop();
    expect(done).toContain('payments_simulator.later');
    world.shop.answer = () => 204;
    world.service().start(world.shop.url);
    await world.rest();
    expect(world.told()).toEqual(['authorised', 'authorised']);
  });

  it('of a dead sender are sent again once its lease is over', async () => {
    service.start(world.shop.url);
    await service.authorise(newCharge('tok_late'));
    await world.rest();
    await service.stop();
    await world.rewriteCallbacks('claimed', `delivered_at = null, due_at = clock_timestamp() + interval '50 ms'`);
    world.service().start(world.shop.url);
    await world.rest();
    expect(world.told()).toEqual(['authorised', 'authorised']);
  });

  it('are left to who is sending them', async () => {
    let release = (): void => undefined;
    const held = new Promise<number>((resolve) => (release = () => resolve(204)));
    world.shop.answer = () => held;
    service.start(world.shop.url);
    await service.authorise(newCharge('tok_late'));
    await eventually(() => expect(world.shop.received).toHaveLength(1));
    const other = world.service();
    other.start(world.shop.url);
    await other.authorise(newCharge('tok_late'));
    await eventually(() => expect(world.shop.received).toHaveLength(2));
    release();
    await world.rest();
    expect(new Set(world.notices().map(({ paymentId }) => paymentId)).size).toBe(2);
  });

  it('are shared by several senders, more than any sends at once', async () => {
    await Promise.all(Array.from({ length: 150 }, () => service.authorise(newCharge('tok_late'))));
    for (let n = 0; n < 3; n += 1) world.service().start(world.shop.url);
    await world.rest();
    expect(world.shop.received).toHaveLength(150);
    expect(new Set(world.notices().map(({ paymentId }) => paymentId)).size).toBe(150);
  });

  it('are given up after three days', async () => {
    world.shop.answer = () => 500;
    service.start(world.shop.url);
    await service.authorise(newCharge('tok_late'));
    await eventually(() => expect(world.shop.received).not.toEqual([]));
    await service.stop();
    await world.rewriteCallbacks('aged', `due_at = clock_timestamp(), created_at = clock_timestamp() - interval '73 hours'`);
    world.shop.received.length = 0;
    world.shop.answer = () => 204;
    await service.authorise(newCharge('tok_duplicate_callback'));
    service.start(world.shop.url);
    await eventually(async () => expect([world.shop.received.length, await world.open()]).toEqual([3, 1]));
  });

  it('wait while the database is away, which is told', async () => {
    const errors: unknown[] = [];
    let away = true;
    const { database } = world.book;
    const statements: Statements = {
      query: async (statement, values) => (away ? Promise.reject(new Error('away')) : database.query(statement, values)),
    };
    await service.authorise(newCharge('tok_late'));
    world.service({ statements, onError: (error) => errors.push(error) }).start(world.shop.url);
    await eventually(() => expect(errors.length).toBeGreaterThan(1));
    away = false;
    await world.rest();
    expect(world.told()).toEqual(['authorised']);
  });
});
