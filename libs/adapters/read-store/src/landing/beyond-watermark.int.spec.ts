import { partitionOf } from '@adapters/event-bus/src/partition.js';
import { salesControl } from '@contexts/analytics/src/controls/sales.control.js';
import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { sales } from '@contexts/analytics/src/read-models/sales/sales.projection.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import type { Certificate } from '@kernel/ports/read-store.js';
import { eventually } from '@testing/eventually.js';
import { MemberBus } from '@testing/member-bus.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { orderPlaced, stockReceived } from '@testing/sample-events.js';
import { setTimeout as pause } from 'node:timers/promises';
import { Intents } from './intents.js';
import type { ReadSide } from '../read-side.js';

const PARTITIONS = 4;
const SKUS = Array.from({ length: PARTITIONS }, (_, partition) => {
  for (let number = 0; ; number++) if (partitionOf(`stock-S${number}`, PARTITIONS) === partition) return `S${number}`;
});

let test: TestReadSide;
let others: ReadSide[];
beforeEach(async () => {
  others = [];
  test = await testReadSide({ readModels: [sales, stock], controls: [salesControl, stockControl] });
});
afterEach(async () => {
  await Promise.all(others.map((side) => side.stop()));
  await test.drop();
});

const BESIDE = { soleOwner: false, landing: { lingerMs: 0 } };
/** Makes the test's own read side a projector with some partitions. */
async function projector(...partitions: number[]): Promise<MemberBus> {
  const bus = new MemberBus(test.stores, PARTITIONS);
  await bus.assign(...partitions);
  await test.restart(BESIDE, bus);
  return bus;
}
/** Starts another projector beside it. */
async function another(...partitions: number[]): Promise<{ bus: MemberBus; side: ReadSide }> {
  const bus = new MemberBus(test.stores, PARTITIONS);
  await bus.assign(...partitions);
  const side = test.make(BESIDE, bus);
  others.push(side);
  await side.start();
  return { bus, side };
}
const receive = (quantity: number, partitions = [0, 1, 2, 3]) =>
  test.append('catalog', ...partitions.map((partition) => stockReceived(SKUS[partition]!, quantity)));
const run = (sql: string) => test.side.clickhouse.maintenance.run(sql);
const onHand = async () => {
  const sql = `SELECT sku, toFloat64(sum(on_hand)) AS n FROM nebulocart.stock GROUP BY sku`;
  const rows = await test.side.clickhouse.reading.rows<{ sku: string; n: number }>(sql);
  return SKUS.map((sku) => rows.find((row) => row.sku === sku)?.n ?? 0);
};
const differences = ({ proofs }: Certificate) => proofs.map((proof) => proof.differences.map(({ key, reason }) => `${key}: ${reason}`));
const watermark = async () => (await test.side.watermarks.current())['catalog']!.position;

/** Everything lands once, then three partitions go on and the third does not: positions 5 to 8, of which 7 waits. */
async function ahead(): Promise<MemberBus> {
  const bus = await projector(0, 1, 2, 3);
  await receive(1);
  await test.landed();
  await bus.assign(0, 1, 3);
  await receive(10);
  await eventually(async () => expect(await onHand()).toEqual([11, 11, 1, 11]));
  expect(await watermark()).toBe(4);
  return bus;
}

it('certifies what the watermark covers, with rows of faster partitions beyond it', async () => {
  const bus = await ahead();
  const certificate = await test.side.auditor.audit();
  expect(differences(certificate)).toEqual([[], [], []]);
  expect(certificate).toMatchObject({ equal: true, at: { catalog: 4 }, events: 4 });
  await bus.assign(0, 1, 2, 3);
  await test.landed();
  expect(await test.side.auditor.audit()).toMatchObject({ equal: true, at: { catalog: 8 }, events: 8 });
});

it('certifies nothing whose row below the watermark was altered, removed or doubled', async () => {
  await ahead();
  const where = `WHERE context = 'catalog' AND position = 2 SETTINGS mutations_sync = 2`;
  await run(`ALTER TABLE nebulocart.events UPDATE data = replaceOne(data, ':1,', ':7,') ${where}`);
  const altered = await test.side.auditor.audit();
  expect(altered.equal).toBe(false);
  expect(differences(altered)[0]).toEqual(['catalog position 2: altered in the ledger']);
  expect(differences(altered)[2]).toEqual([`stock on hand ${SKUS[1]}: control total differs from the read model`]);
  await run(`ALTER TABLE nebulocart.events DELETE ${where}`);
  expect(differences(await test.side.auditor.audit())[0]).toEqual(['catalog position 2: missing in the ledger']);
});

it('certifies no figure that does not follow from a row beyond the watermark, and no row beyond all that has landed', async () => {
  await ahead();
  await run(`ALTER TABLE nebulocart.events UPDATE data = replaceOne(data, ':10,', ':70,') WHERE position = 8 SETTINGS mutations_sync = 2`);
  expect(differences(await test.side.auditor.audit())).toEqual([
    [],
    [`stock context=catalog, sku=${SKUS[3]}, segment=0: read model is not its SQL over the ledger`],
    [],
  ]);
  await run(
    `INSERT INTO nebulocart.events SELECT * REPLACE (9 AS position) FROM (SELECT * FROM nebulocart.events WHERE position = 2) SETTINGS async_insert = 0`,
  );
  expect(differences(await test.side.auditor.audit())[0]).toEqual(['catalog position 9: in the ledger beyond the watermark']);
});

it('finds nothing wrong in the background with rows beyond the watermark', async () => {
  await ahead();
  expect((await test.side.backgroundAudit.look()).get('catalog')).toEqual({ checked: 4, differing: 0, differences: [] });
});

it('takes rows that ClickHouse lost from the log again at a start, those beyond the watermark included, and leaves a sound ledger alone', async () => {
  await ahead();
  await projector(0, 1, 3);
  const generations = async () =>
    (await test.side.generations.list()).map(({ readModel, generation, state }) => `${readModel} ${generation} ${state}`);
  expect(await generations()).toEqual(['sales 1 active', 'stock 1 active']);
  await run(`ALTER TABLE nebulocart.events DELETE WHERE position IN (1, 8) SETTINGS mutations_sync = 2`);
  await run(
    `INSERT INTO nebulocart.events SELECT * REPLACE (12 AS position) FROM (SELECT * FROM nebulocart.events WHERE position = 2) SETTINGS async_insert = 0`,
  );
  const bus = await projector(0, 1, 3);
  expect(await generations()).toEqual(['sales 2 active', 'stock 2 active']);
  expect(await onHand()).toEqual([11, 11, 1, 11]);
  expect(await test.side.auditor.audit()).toMatchObject({ equal: true, at: { catalog: 4 } });
  await bus.assign(0, 1, 2, 3);
  await test.landed();
  expect(await onHand()).toEqual([11, 11, 11, 11]);
  expect(await test.side.auditor.audit()).toMatchObject({ equal: true, at: { catalog: 8 } });
});

it('takes a context whose log ends before what has landed back to its end, rows far beyond it among what goes', async () => {
  await ahead();
  const far = Number.MAX_SAFE_INTEGER;
  await test.tamper('analytics', `UPDATE analytics.landing_partition SET landed = ${far} WHERE context = 'catalog' AND partition = 3`);
  await run(
    `INSERT INTO nebulocart.events SELECT * REPLACE (${far} AS position) FROM (SELECT * FROM nebulocart.events WHERE position = 8) SETTINGS async_insert = 0`,
  );
  // Of another past: its count and its sum of positions are right.
  await run(`ALTER TABLE nebulocart.events UPDATE data = replaceOne(data, ':1,', ':7,') WHERE position = 2 SETTINGS mutations_sync = 2`);
  await projector(0, 1, 2, 3);
  await test.landed();
  await receive(100);
  await test.landed();
  expect(await onHand()).toEqual([111, 111, 111, 111]);
  expect(await test.side.auditor.audit()).toMatchObject({ equal: true, at: { catalog: 12 } });
});

it('starts beside another projector that lands, and rebuilds while both do', async () => {
  const one = await projector(0, 1, 2, 3);
  let ending = false;
  let rounds = 0;
  const shoppers = (async () => {
    while (!ending) {
      await receive(1);
      await test.append('ordering', orderPlaced({ id: `${rounds++}` }));
      // Leaves the engines to those who are tested.
      await pause(20);
    }
  })();
  const two = await another();
  await one.assign(0, 1);
  await two.bus.assign(2, 3);
  const rebuilt = await Promise.all([test.side.generations.rebuild('stock'), two.side.generations.rebuild('sales'), two.side.auditor.audit()]);
  ending = true;
  await shoppers;
  expect(rebuilt).toMatchObject([{ to: 2, certified: true }, { to: 2, certified: true }, { equal: true }]);
  await test.landed();
  expect(await onHand()).toEqual([rounds, rounds, rounds, rounds]);
  const landedBy = await test.databases
    .get('analytics')
    .query<{ parts: { partition: number }[] }>({ name: '', text: `SELECT parts FROM analytics.landing_intent WHERE partitions = 4` }, []);
  const held = landedBy.map(({ parts }) => parts.map(({ partition }) => partition));
  expect(held.some((parts) => parts.every((partition) => partition < 2)) && held.some((parts) => parts.every((partition) => partition > 1))).toBe(
    true,
  );
  expect(await test.side.auditor.audit()).toMatchObject({ equal: true });
}, 120_000);

it('holds both projectors while the gate is closed', async () => {
  const intents = new Intents(test.databases.get('analytics'));
  const one = await projector(0, 1);
  const two = await another(2, 3);
  await receive(1);
  await test.landed();
  const before = [one.deliveries, two.bus.deliveries];
  await two.side.gate.whileClosed(async ({ lastIntent, furthest }) => {
    expect(furthest.get('catalog')).toBe(4);
    await receive(10);
    // Both have the events and are refused.
    await eventually(() => expect([one.deliveries > before[0]!, two.bus.deliveries > before[1]!]).toEqual([true, true]));
    expect(await intents.lastNumber()).toBe(lastIntent);
    expect(await onHand()).toEqual([1, 1, 1, 1]);
  });
  await test.landed();
  expect(await onHand()).toEqual([11, 11, 11, 11]);
});

it('does not do twice what one process at a time may do', async () => {
  await projector(0, 1);
  const two = await another(2, 3);
  await receive(1);
  await test.landed();
  const audits = await Promise.allSettled([test.side.auditor.audit(), two.side.auditor.audit()]);
  expect(audits.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(audits.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'audit.in-progress' } });
  const rebuilds = await Promise.allSettled([test.side.generations.rebuild('stock'), two.side.generations.rebuild('stock')]);
  expect(rebuilds.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(rebuilds.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'read-model.busy' } });
});
