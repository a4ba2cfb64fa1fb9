import type { SubscribeOptions, Subscription } from '@kernel/ports/event-bus.js';
import { partitionOf } from '@adapters/event-bus/src/partition.js';
import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import { eventually } from '@testing/eventually.js';
import { DyingIntents, Slow } from '@testing/landing-faults.js';
import { MemberBus } from '@testing/member-bus.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { stockReceived } from '@testing/sample-events.js';
import type { ClickHouseSession } from '../clickhouse.js';
import { landingSettings, LEDGER, ledgerRow } from '../ledger.js';
import { Intents, tokenOf, type Intent, type Progress } from './intents.js';
import { Landing, LANDING_DEFAULTS } from './landing.js';

const PARTITIONS = 4;
/** A SKU of each partition. */
const SKUS = Array.from({ length: PARTITIONS }, (_, partition) => {
  for (let number = 0; ; number++) if (partitionOf(`stock-S${number}`, PARTITIONS) === partition) return `S${number}`;
});

let test: TestReadSide;
let intents: Intents;
let landings: Landing[];

beforeEach(async () => {
  test = await testReadSide({ readModels: [stock], controls: [stockControl] });
  // The tables are there; from here on the test's own members land.
  await test.restart({ roles: ['answers'], soleOwner: false });
  intents = new Intents(test.databases.get('analytics'));
  landings = [];
});
afterEach(async () => {
  await Promise.all(landings.map((landing) => landing.stop()));
  await test.drop();
});

interface Member {
  readonly bus: MemberBus;
  readonly landing: Landing;
}

/** A projector's landing of the catalog, with the partitions that the test gives it. */
async function member(
  owner: string,
  partitions: readonly number[],
  { bus = new MemberBus(test.stores, PARTITIONS), ...parts }: { bus?: MemberBus; intents?: Intents; session?: ClickHouseSession } = {},
  fencedMs = 15_000,
): Promise<Member> {
  const { landing: session } = test.side.clickhouse;
  const landing = new Landing(
    'catalog',
    { session, intents, bus, log: test.stores.log('catalog'), owner, ...parts },
    { ...LANDING_DEFAULTS, lingerMs: 0, fencedMs },
  );
  landings.push(landing);
  await landing.start();
  await bus.assign(...partitions);
  return { bus, landing };
}

const receive = (quantity: number, partitions = [0, 1, 2, 3]) =>
  test.append('catalog', ...partitions.map((partition) => stockReceived(SKUS[partition]!, quantity)));
const onHand = async () => {
  const sql = `SELECT sku, toFloat64(sum(on_hand)) AS n FROM nebulocart.stock GROUP BY sku`;
  const rows = await test.side.clickhouse.reading.rows<{ sku: string; n: number }>(sql);
  return SKUS.map((sku) => rows.find((row) => row.sku === sku)?.n ?? 0);
};
const rowsOfLedger = async () =>
  (await test.side.clickhouse.reading.rows<{ n: number }>(`SELECT toFloat64(count()) AS n FROM nebulocart.events`))[0]!.n;
const query = <Row extends object>(text: string) => test.databases.get('analytics').query<Row & Record<string, unknown>>({ name: '', text }, []);
const owners = async () =>
  (await query<{ owner: string }>(`SELECT owner FROM analytics.landing_partition WHERE context = 'catalog' ORDER BY partition`)).map(
    ({ owner }) => owner,
  );
const certified = async () => expect((await test.side.auditor.audit()).proofs.flatMap(({ differences }) => differences)).toEqual([]);

it('is shared by two projectors, each with blocks of the partitions that are its own', async () => {
  await member('one', [0, 1]);
  await member('two', [2, 3]);
  for (let quantity = 1; quantity <= 20; quantity++) await receive(quantity);
  await test.landed();
  expect(await onHand()).toEqual([210, 210, 210, 210]);
  expect(await owners()).toEqual(['one', 'one', 'two', 'two']);
  const blocks = (await query<{ parts: { partition: number }[] }>(`SELECT parts FROM analytics.landing_intent WHERE partitions = 4`)).map(
    ({ parts }) =>
      parts
        .map(({ partition }) => partition)
        .sort()
        .join(),
  );
  expect(blocks.filter((held) => !['0', '1', '0,1', '2', '3', '2,3'].includes(held))).toEqual([]);
  expect(blocks).toEqual(expect.arrayContaining(['0,1', '2,3']));
  await certified();
});

it('loses and doubles nothing while partitions go from one to the other', async () => {
  const [one, two] = [await member('one', [0, 1, 2, 3]), await member('two', [])];
  let quantity = 0;
  for (const share of [[0], [0, 1, 2], [], [0, 1, 2, 3], [3], [1, 2]]) {
    const rest = [0, 1, 2, 3].filter((partition) => !share.includes(partition));
    await receive(++quantity);
    // Now the old owner hears first, now the new one.
    const moves = [() => one.bus.assign(...share), () => two.bus.assign(...rest)];
    for (const move of quantity % 2 ? moves : moves.reverse()) await move();
    await receive(++quantity);
  }
  await test.landed();
  const sum = (quantity * (quantity + 1)) / 2;
  expect(await onHand()).toEqual([sum, sum, sum, sum]);
  expect(await rowsOfLedger()).toBe(quantity * PARTITIONS);
  await certified();
});

it('lands once what a bus gives twice in one batch', async () => {
  class RepeatingBus extends MemberBus {
    override subscribe(options: SubscribeOptions): Promise<Subscription> {
      return super.subscribe({ ...options, onBatch: (messages) => options.onBatch([...messages, ...messages]) });
    }
  }
  await member('one', [0, 1, 2, 3], { bus: new RepeatingBus(test.stores, PARTITIONS) });
  await receive(7);
  await test.landed();
  expect(await onHand()).toEqual([7, 7, 7, 7]);
  expect(await rowsOfLedger()).toBe(PARTITIONS);
});

it('is finished by the next owner after a crash between the insert and its done mark', async () => {
  const dying = new DyingIntents(test.databases.get('analytics'));
  const one = await member('one', [0, 1, 2, 3], { intents: dying });
  const two = await member('two', []);
  await receive(1);
  await test.landed();
  dying.isDead = true;
  await receive(10);
  // The rows are there and nobody says so.
  await eventually(async () => expect(await rowsOfLedger()).toBe(8));
  one.bus.freeze();
  expect(await intents.openIntents()).toMatchObject([{ rowCount: 4 }]);
  await two.bus.assign(1);
  await receive(100, [1]);
  await eventually(async () => expect(await onHand()).toEqual([11, 111, 11, 11]));
  expect(await intents.openIntents()).toEqual([]);
  expect((await intents.progress('catalog')).partitions.get(1)).toMatchObject({ landed: 9 });
  await two.bus.assign(0, 1, 2, 3);
  await test.landed();
  expect(await rowsOfLedger()).toBe(9);
  await certified();
});

it('fences an old owner in what it lost, and lets it go on with the rest', async () => {
  const one = await member('one', [0, 1, 2, 3]);
  await receive(1);
  await test.landed();
  one.bus.freeze();
  const two = await member('two', [3]);
  await receive(10);
  await eventually(async () => expect(await onHand()).toEqual([1, 1, 1, 11]));
  // Nobody has told the old owner: it comes back with events of a partition that it no longer has.
  await receive(100);
  two.bus.freeze();
  await receive(1_000);
  one.bus.thaw();
  await eventually(async () => expect(await onHand()).toEqual([1_111, 1_111, 1_111, expect.any(Number)]));
  expect(await owners()).toEqual(['one', 'one', 'one', 'two']);
  const parts = await query<{ partition: number; epoch: string }>(
    `SELECT (part->>'partition')::int AS partition, part->>'epoch' AS epoch FROM analytics.landing_intent, jsonb_array_elements(parts) AS part
     WHERE partitions = 4 AND part->>'partition' = '3'`,
  );
  expect(new Set(parts.map(({ epoch }) => epoch))).toEqual(new Set(['1', '2']));
  two.bus.thaw();
  await test.landed();
  expect(await onHand()).toEqual([1_111, 1_111, 1_111, 1_111]);
  expect(await rowsOfLedger()).toBe(16);
  await certified();
});

it('takes a partition again that was taken over and left alone, though nothing new comes in it', async () => {
  await member('one', [0, 1, 2, 3], {}, 100);
  await receive(1);
  await test.landed();
  // A member that had hung and does not know yet that the partition is no longer its own, or whose question was long on its way.
  await intents.acquire('catalog', 3, PARTITIONS, 'two');
  await receive(10);
  await eventually(async () => expect(await onHand()).toEqual([11, 11, 11, 11]));
  await test.landed();
  expect(await owners()).toEqual(['one', 'one', 'one', 'one']);
  expect(await rowsOfLedger()).toBe(8);
});

it('goes on with a partition that it acquired twice at once, whichever answer comes last', async () => {
  /** Whose first acquisition of partition 3 is long on its way back. */
  const slow = new Slow();
  class SlowIntents extends Intents {
    override async acquire(...given: Parameters<Intents['acquire']>): ReturnType<Intents['acquire']> {
      const acquired = await super.acquire(...given);
      if (given[1] === 3 && acquired.epoch === 1) await slow.wait();
      return acquired;
    }
  }
  slow.isOn = true;
  let from: SubscribeOptions['from'] = async () => 0;
  class HastyBus extends MemberBus {
    override subscribe(options: SubscribeOptions): Promise<Subscription> {
      from = options.from;
      return super.subscribe(options);
    }
  }
  const one = await member('one', [], { intents: new SlowIntents(test.databases.get('analytics')), bus: new HastyBus(test.stores, PARTITIONS) });
  const first = from(3);
  await eventually(() => expect(slow.isWaiting).toBe(true));
  await one.bus.assign(0, 1, 2, 3);
  slow.go();
  await first;
  await receive(1);
  // Long before it would take the partition for taken over and left alone.
  await eventually(async () => expect(await onHand()).toEqual([1, 1, 1, 1]));
});

it('counts a block once that its old and its new owner both send', async () => {
  const slow = new Slow();
  /** Whose insert is done, and whose word of it is long on its way. */
  class SlowIntents extends Intents {
    override async finish(intent: Intent): Promise<Progress> {
      await slow.wait();
      return super.finish(intent);
    }
  }
  await member('one', [0, 1, 2, 3], { intents: new SlowIntents(test.databases.get('analytics')) });
  slow.isOn = true;
  await receive(1);
  await eventually(() => expect(slow.isWaiting).toBe(true));
  await member('two', [2, 3]);
  await receive(10);
  await eventually(async () => expect((await onHand()).slice(2)).toEqual([11, 11]));
  slow.go();
  await test.landed();
  expect(await onHand()).toEqual([11, 11, 11, 11]);
  expect(await rowsOfLedger()).toBe(8);
  expect(await owners()).toEqual(['one', 'one', 'two', 'two']);
  await certified();
});

it('keeps the watermark at what the slowest partition has landed, and at what the relay has noted', async () => {
  const { bus, landing } = await member('one', [0, 1, 2, 3]);
  await receive(1);
  await test.landed();
  bus.publishedUpTo = 5;
  await bus.assign(0, 1, 3);
  await receive(10);
  await eventually(async () => expect((await intents.progress('catalog')).partitions.get(3)).toMatchObject({ landed: 8 }));
  // Of what is noted, 5 is of partition 0: nothing is known to be missing up to there.
  await eventually(() => expect(landing.watermark).toBe(5));
  bus.publishedUpTo = 7;
  await landing.stop();
  expect((await intents.watermarks()).get('catalog')).toBe(5);
  await member('two', [0, 1, 2, 3]);
  await test.landed();
  expect((await intents.watermarks()).get('catalog')).toBe(8);
});

it('refuses another number of partitions until everything has landed, then goes on with it', async () => {
  await member('one', [0, 1, 3]);
  await receive(1);
  await eventually(async () => expect(await onHand()).toEqual([1, 1, 0, 1]));
  await expect(intents.acquire('catalog', 0, 2, 'two')).rejects.toThrow('landed in 4 partitions, not 2');
  await landings[0]!.stop();
  await member('one', [0, 1, 2, 3]);
  await test.landed();
  await eventually(async () => expect((await intents.progress('catalog')).watermark).toBe(4));
  expect(await intents.acquire('catalog', 0, 2, 'two')).toMatchObject({ landed: 4, open: false });
});

it('does not count rows in a new generation that a slow owner sends after others have finished them', async () => {
  await member('one', [0, 1, 2, 3]);
  await receive(1);
  await test.landed();
  type Row = { number: string; first_position: string; last_position: string; digest: string; row_count: number };
  const [row] = await query<Row>(`SELECT * FROM analytics.landing_intent ORDER BY number DESC LIMIT 1`);
  const [number, firstPosition, lastPosition] = [Number(row!.number), Number(row!.first_position), Number(row!.last_position)];
  expect(await test.side.generations.rebuild('stock')).toMatchObject({ certified: true });
  // The engine's way with a block that it knows: the ledger drops it, and the views are given it.
  const events = await test.stores.log('catalog').readAfter(firstPosition - 1, row!.row_count);
  const token = tokenOf({
    number,
    context: 'catalog',
    partitions: PARTITIONS,
    parts: [],
    firstPosition,
    lastPosition,
    rowCount: 1,
    digest: row!.digest,
  });
  const rows = events.map((event) => ledgerRow('catalog', event, number));
  await test.side.clickhouse.landing.insert(LEDGER, rows, landingSettings(token));
  expect(await rowsOfLedger()).toBe(4);
  expect(await onHand()).toEqual([1, 1, 1, 1]);
  await certified();
});
