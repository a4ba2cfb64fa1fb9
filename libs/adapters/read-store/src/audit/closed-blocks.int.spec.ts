import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import { SEGMENT } from '@kernel/read-model.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';

const EVENTS = SEGMENT + 1_000;
let test: TestReadSide;

/** Appends `count` events of one SKU, each to its own stream, without a round trip for each. */
const flood = (count: number) =>
  test.tamper(
    'catalog',
    `WITH made AS (
       SELECT gen_random_uuid() AS id, n, now() AS at, gen_random_uuid() AS correlation FROM generate_series(1, ${count}) AS n
     ), added AS (
       INSERT INTO catalog.event (id, stream_id, stream_version, type, version, data, digest, occurred_at, recorded_at, correlation_id)
       SELECT id, 'stock-' || n, 1, 'catalog.StockReceived', 1, d.data,
         catalog.event_digest(id, 'catalog.StockReceived', 1, 'stock-' || n, 1, at, at, NULL, correlation, NULL, NULL, d.data), at, at, correlation
       FROM made CROSS JOIN LATERAL (SELECT '{"sku":"MUG","quantity":1,"reason":"' || n || '"}' AS data) AS d
       RETURNING id
     ) INSERT INTO catalog.outbox (event_id) SELECT id FROM added`,
  );

beforeAll(async () => {
  test = await testReadSide({ readModels: [stock], controls: [stockControl] });
  await flood(EVENTS);
  await test.tamper('catalog', `SELECT catalog.sequence(epoch, ${EVENTS}) FROM catalog.sequencer`);
  await test.landed();
});
afterAll(() => test.drop());

it('looks at a closed block once, and at the open one again, in the background', async () => {
  const { backgroundAudit, clickhouse } = test.side;
  expect((await backgroundAudit.look()).get('catalog')).toEqual({ checked: EVENTS, differing: 0, differences: [] });
  expect((await backgroundAudit.look()).size).toBe(0);
  const position = EVENTS + 1;
  await test.append('catalog', { type: 'catalog.StockReceived', stream: 'stock-PAN', data: { sku: 'PAN', quantity: 1, reason: 'delivery' } });
  await test.landed();
  await clickhouse.maintenance.run(`ALTER TABLE nebulocart.events UPDATE actor = 'mallory' WHERE position = ${position} SETTINGS mutations_sync = 2`);
  expect((await backgroundAudit.look()).get('catalog')).toMatchObject({
    checked: EVENTS + 1 - (SEGMENT - 1),
    differing: 1,
    differences: [{ key: `catalog position ${position}` }],
  });
  await clickhouse.maintenance.run(`ALTER TABLE nebulocart.events UPDATE actor = '' WHERE position = ${position} SETTINGS mutations_sync = 2`);
});

it('keeps the digest of a closed block, and of no other', async () => {
  expect(await test.side.auditor.audit()).toMatchObject({ equal: true, events: EVENTS + 1, at: { catalog: EVENTS + 1 } });
  const kept = await test.databases
    .get('catalog')
    .query<{ block: string; events: number }>({ name: '', text: 'SELECT block, events FROM catalog.block_digest' }, []);
  expect(kept).toEqual([{ block: '0', events: SEGMENT - 1 }]);
});

it('answers as of a position from closed segments and the tail of the ledger', async () => {
  const onHandAt = async (position: number) => {
    const source = test.side.store.source('stock', { context: 'catalog', position });
    return (await test.side.store.rows<{ n: number }>(`SELECT toFloat64(sum(on_hand)) AS n FROM ${source} AS s`))[0]!.n;
  };
  for (const position of [0, 10, SEGMENT - 2, SEGMENT - 1, SEGMENT, EVENTS]) expect(await onHandAt(position)).toBe(position);
});

it('names a closed block whose events were changed in every place at once', async () => {
  const { maintenance } = test.side.clickhouse;
  const { LEDGER_DIGEST } = await import('../ledger.js');
  await test.tamper('catalog', `UPDATE catalog.event SET data = replace(data, '"quantity":1,', '"quantity":2,') WHERE stream_id = 'stock-77'`);
  await test.tamper(
    'catalog',
    `UPDATE catalog.event SET digest = catalog.event_digest(id, type, version, stream_id, stream_version, occurred_at, recorded_at, actor, correlation_id, causation_id, traceparent, data)
     WHERE stream_id = 'stock-77'`,
  );
  await maintenance.run(
    `ALTER TABLE nebulocart.events UPDATE data = replaceOne(data, '"quantity":1,', '"quantity":2,') WHERE stream = 'stock-77' SETTINGS mutations_sync = 2`,
  );
  await maintenance.run(`ALTER TABLE nebulocart.events UPDATE digest = ${LEDGER_DIGEST} WHERE stream = 'stock-77' SETTINGS mutations_sync = 2`);
  await test.side.generations.rebuild('stock');
  const { equal, proofs } = await test.side.auditor.audit();
  expect([equal, proofs.map((proof) => proof.equal)]).toEqual([false, [false, true, true]]);
  expect(proofs[0]!.differences).toMatchObject([{ key: 'catalog block 0', reason: 'the log is not what it was when this block was closed' }]);
});
