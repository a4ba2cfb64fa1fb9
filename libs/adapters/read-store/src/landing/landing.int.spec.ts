import { salesControl } from '@contexts/analytics/src/controls/sales.control.js';
import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { sales } from '@contexts/analytics/src/read-models/sales/sales.projection.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import type { BusMessage, EventBus, SubscribeOptions } from '@kernel/ports/event-bus.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { orderPlaced, stockReceived } from '@testing/sample-events.js';
import { setTimeout as pause } from 'node:timers/promises';
import { Fenced, Intents, type Block, type Ownership } from './intents.js';
import { Landing } from './landing.js';

let test: TestReadSide;
let intents: Intents;

beforeEach(async () => {
  test = await testReadSide({ readModels: [sales, stock], controls: [salesControl, stockControl] });
  intents = new Intents(test.databases.get('analytics'));
});
afterEach(() => test.drop());

const onHand = async (sku = 'MUG') => {
  const rows = await test.side.clickhouse.reading.rows<{ n: number }>(
    `SELECT toFloat64(sum(on_hand)) AS n FROM nebulocart.stock WHERE sku = '${sku}'`,
  );
  return rows[0]!.n;
};
const certified = async () => expect((await test.side.auditor.audit()).proofs.flatMap(({ differences }) => differences)).toEqual([]);

/** A bus whose deliveries are the test's own. */
function handBus(): { bus: EventBus; deliver: (...positions: number[]) => Promise<void> } {
  let options: SubscribeOptions;
  const bus: EventBus = {
    partitions: () => 1,
    partitionOf: () => 0,
    published: async () => {
      throw new Error('a single partition needs nobody to tell what was published');
    },
    subscribe: async (given) => {
      options = given;
      await given.from(0);
      return { hurry: () => undefined, again: () => undefined, close: async () => undefined };
    },
  };
  const deliver = async (...positions: number[]) => {
    const messages: BusMessage[] = [];
    for (const position of positions) {
      const [event] = await test.stores.log('catalog').readAfter(position - 1, 1);
      messages.push({ topic: 'catalog.events', partition: 0, offset: position, event: event! });
    }
    await options.onBatch(messages);
  };
  return { bus, deliver };
}

async function handLanding(owner = 'test') {
  const { bus, deliver } = handBus();
  const landing = new Landing('catalog', { session: test.side.clickhouse.landing, intents, bus, log: test.stores.log('catalog'), owner });
  await landing.start();
  return { landing, deliver };
}

/** What a crash leaves: rows in the ledger, their intent open, everything else where it was before. */
async function forget(intent: string, landed: number): Promise<void> {
  await test.tamper('analytics', `UPDATE analytics.landing_intent SET state = 'open' WHERE context = 'catalog' AND ${intent}`);
  await test.tamper('analytics', `UPDATE analytics.landing SET watermark = ${landed} WHERE context = 'catalog'`);
  await test.tamper(
    'analytics',
    `UPDATE analytics.landing_partition SET landed = ${landed}, open_intent = (SELECT number FROM analytics.landing_intent WHERE state = 'open')
     WHERE context = 'catalog'`,
  );
}

it('heals after a crash between the insert and its done mark: same block, same token, counted once', async () => {
  await test.append('catalog', stockReceived('MUG', 5), stockReceived('MUG', 6));
  await test.landed();
  await test.append('catalog', stockReceived('MUG', 100));
  await test.landed();
  await forget('last_position = 3', 2);
  await test.restart();
  await test.append('catalog', stockReceived('MUG', 1_000));
  await test.landed();
  expect(await onHand()).toBe(1_111);
  await certified();
});

it('heals a view that a crash left behind its ledger', async () => {
  await test.append('catalog', stockReceived('MUG', 7));
  await test.landed();
  await test.side.clickhouse.maintenance.run(`TRUNCATE TABLE nebulocart.stock__g1`);
  await forget('true', 0);
  // A crash between table and view leaves the view's table without the token as well; TRUNCATE forgets it in the same way.
  await test.restart();
  await test.landed();
  expect(await onHand()).toBe(7);
  await certified();
});

it('fences an owner that another has taken over from', async () => {
  await test.append('catalog', stockReceived('MUG', 1));
  await test.landed();
  await test.side.stop();
  await test.restart();
  const old = await intents.acquire('catalog', 0, 1, 'old');
  const place = { firstOffset: 2, lastOffset: 2, firstPosition: 2, lastPosition: 2, rowCount: 1 };
  const blockOf = ({ epoch, landed }: Ownership): Block => ({
    context: 'catalog',
    partitions: 1,
    parts: [{ partition: 0, epoch, landed, ...place }],
    firstPosition: 2,
    lastPosition: 2,
    rowCount: 1,
    digest: 'x',
  });
  const intent = await intents.open(blockOf(old));
  const young = await intents.acquire('catalog', 0, 1, 'young');
  expect(young).toEqual({ epoch: old.epoch + 1, landed: 1, watermark: 1, open: true });
  await expect(intents.open(blockOf(old))).rejects.toThrow(Fenced);
  await expect(intents.open(blockOf(young))).rejects.toThrow('must be sent again first');
  // Whoever sent the rows may say so: they are there.
  expect(await intents.finish(intent)).toEqual({ watermark: 2, partitions: new Map([[0, { epoch: young.epoch, landed: 2 }]]) });
  expect(await intents.finish(intent)).toMatchObject({ watermark: 2 });
  await expect(intents.open(blockOf(young))).rejects.toThrow('has not landed up to where its owner thinks');
});

it('asks Postgres twice a block of a single partition, whatever is in it', async () => {
  await test.append('catalog', stockReceived('MUG', 1));
  await test.landed();
  await test.restart({ landing: { lingerMs: 60_000 }, roles: ['answers'] });
  const statements: string[] = [];
  const counted = new Intents({
    query: (statement, values) => {
      statements.push(/analytics\.(\w+)/.exec(statement.text)![1]!);
      return test.databases.get('analytics').query(statement, values);
    },
  });
  const { bus, deliver } = handBus();
  const landing = new Landing('catalog', {
    session: test.side.clickhouse.landing,
    intents: counted,
    bus,
    log: test.stores.log('catalog'),
    owner: 'test',
  });
  await landing.start();
  await test.append('catalog', ...[2, 4, 8].map((quantity) => stockReceived('MUG', quantity)));
  statements.length = 0;
  await deliver(2, 3);
  await deliver(4);
  expect(statements).toEqual(['open_intent', 'finish_intent', 'open_intent', 'finish_intent']);
  expect(await onHand()).toBe(15);
});

it('drops what it has passed, and takes what the bus left out from the log', async () => {
  await test.append('catalog', ...[1, 2, 4, 8, 16].map((quantity) => stockReceived('MUG', quantity)));
  await test.landed();
  await test.side.stop();
  const next = test.make();
  await next.generations.list();
  await test.append('catalog', ...[32, 64, 128].map((quantity) => stockReceived('MUG', quantity)));
  await test.restart({ landing: { lingerMs: 60_000 } });
  const { landing, deliver } = await handLanding();
  await deliver(4, 5);
  await deliver(8);
  await deliver(6, 7, 8);
  expect(landing.watermark).toBe(8);
  expect(await onHand()).toBe(255);
  await next.clickhouse.close();
});

it('holds landing while the gate is closed, and knows the last intent before it', async () => {
  await test.append('catalog', stockReceived('MUG', 1));
  await test.landed();
  await test.side.gate.whileClosed(async ({ lastIntent, watermarks }) => {
    expect([lastIntent > 0, watermarks.get('catalog')]).toEqual([true, 1]);
    await test.append('catalog', stockReceived('MUG', 2));
    await pause(150);
    expect(await onHand()).toBe(1);
    expect(await intents.lastNumber()).toBe(lastIntent);
  });
  await test.landed();
  expect(await onHand()).toBe(3);
});

it('cuts a backlog into blocks of bounded rows, one intent each', async () => {
  await test.side.stop();
  await test.append('ordering', ...Array.from({ length: 25 }, (_, index) => orderPlaced({ id: `${index}` })));
  await test.restart({ landing: { maxRows: 10, lingerMs: 0 } });
  await test.landed();
  const rows = await test.databases
    .get('analytics')
    .query<{ n: number }>({ name: '', text: `SELECT row_count AS n FROM analytics.landing_intent ORDER BY number` }, []);
  expect(rows.map(({ n }) => n)).toEqual([10, 10, 5]);
  await certified();
});

it('takes rows that ClickHouse lost from the log again, however often, and makes the read models anew', async () => {
  await test.append('catalog', ...[1, 2, 4, 8].map((quantity) => stockReceived('MUG', quantity)));
  await test.append('ordering', orderPlaced({ id: '1' }), orderPlaced({ id: '2' }));
  await test.landed();
  const lose = async () => {
    const { maintenance } = test.side.clickhouse;
    await maintenance.run(`ALTER TABLE nebulocart.events DELETE WHERE context = 'catalog' AND position > 2 SETTINGS mutations_sync = 2`);
    await test.restart();
    expect(await onHand()).toBe(15);
  };
  await test.side.clickhouse.maintenance.run(`TRUNCATE TABLE nebulocart.sales__g1`);
  await lose();
  await lose();
  // The power went while the block was on its way: its token may have been kept where its rows were not.
  await forget('true', 0);
  await lose();
  const states = (await test.side.generations.list()).map(({ readModel, generation, state }) => `${readModel} ${generation} ${state}`);
  expect(states).toEqual(['sales 4 active', 'stock 4 active']);
  await certified();
});

it('removes rows that Postgres does not know to have landed', async () => {
  await test.append('catalog', stockReceived('MUG', 1));
  await test.landed();
  await test.side.clickhouse.maintenance.run(
    `INSERT INTO nebulocart.events SELECT * REPLACE (position + 1 AS position) FROM nebulocart.events SETTINGS async_insert = 0`,
  );
  expect(await onHand()).toBe(2);
  await test.restart();
  expect(await onHand()).toBe(1);
  await certified();
});

it('lets a read wait for its own write, hurrying a landing that lingers', async () => {
  await test.restart({ landing: { lingerMs: 60_000 } });
  await test.append('catalog', stockReceived('MUG', 1));
  await test.landed();
  const [id] = await test.append('catalog', stockReceived('MUG', 2));
  const started = performance.now();
  await test.side.watermarks.waitFor({ catalog: id! }, 5_000);
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(await onHand()).toBe(3);
});

it('refuses a token that does not come true in time, or names no context', async () => {
  const { watermarks } = test.side;
  await expect(watermarks.waitFor({ catalog: '0190c4b4-0000-7000-8000-000000000000' }, 50)).rejects.toMatchObject({
    code: 'consistency-token.timeout',
    kind: 'conflict',
  });
  await expect(watermarks.waitFor({ weather: '0190c4b4-0000-7000-8000-000000000000' }, 50)).rejects.toMatchObject({
    code: 'consistency-token.unknown-context',
  });
});

it('tells how far behind the oldest waiting event is', async () => {
  await test.side.gate.whileClosed(async () => {
    await test.append('catalog', stockReceived('MUG', 1), stockReceived('MUG', 1));
    await pause(30);
    const { catalog } = await test.side.watermarks.current();
    expect(catalog).toMatchObject({ position: 0, head: 2 });
    expect(catalog!.lagMs).toBeGreaterThanOrEqual(25);
  });
  await test.landed();
  expect((await test.side.watermarks.current())['catalog']).toEqual({ position: 2, head: 2, lagMs: 0 });
});
