import { sales } from '@contexts/analytics/src/read-models/sales/sales.projection.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import { testClickHouse, type TestClickHouse } from '@testing/clickhouse.js';
import { MemoryLog, type RecordedEvent } from '@testing/memory-log.js';
import { creditNoteRecorded, orderCancelled, orderPlaced, stockAdjusted, stockMovementImported, stockReceived } from '@testing/sample-events.js';
import { createLedger, landingSettings, LEDGER, LEDGER_DIGEST, ledgerRow } from '../ledger.js';
import { backfillGeneration, createGeneration, dropGeneration, existingGenerations, flipView } from './generation-tables.js';

let engine: TestClickHouse;
let intent = 0;

beforeAll(async () => {
  engine = await testClickHouse();
  await createLedger(engine.clickhouse.maintenance);
  for (const definition of [sales, stock]) {
    await createGeneration(engine.clickhouse.maintenance, definition, 1);
    await flipView(engine.clickhouse.maintenance, definition, 1);
  }
});
afterAll(() => engine.drop());

async function land(context: string, events: RecordedEvent[], token = `t${++intent}`): Promise<void> {
  const log = new MemoryLog(context);
  const rows = log.append(...events).map((event) => ledgerRow(context, event, intent));
  await engine.clickhouse.landing.insert(LEDGER, rows, landingSettings(token));
}
const rows = <Row extends object>(sql: string) => engine.clickhouse.reading.rows<Row>(sql);

it('projects sales once by every dimension, and an order once by every key', async () => {
  const lines = [
    ['MUG', 'Kitchen', 2, 2_550],
    ['PAN', 'Kitchen', 1, 10_125],
    ['MUG', 'Kitchen', 1, 2_550],
    ['LAMP', 'Light', 3, 1_005],
  ] as const;
  await land('ordering', [
    orderPlaced({ id: '1', lines }),
    orderPlaced({ id: '2', customer: null, country: 'France' }),
    orderCancelled({ id: '1', lines }),
    creditNoteRecorded({ id: 'C1', customer: null }),
  ]);
  const totals = await rows(`SELECT dimension, toFloat64(sum(orders)) AS orders, toFloat64(sum(units)) AS units, toString(sum(gross)) AS gross,
    toString(sum(cancelled)) AS cancelled, toString(sum(credits)) AS credits FROM nebulocart.sales GROUP BY dimension ORDER BY dimension`);
  const money = { gross: '25.89', cancelled: '20.79', credits: '5.1' };
  expect(totals).toEqual([
    { dimension: 'category', orders: 3, units: 9, ...money },
    { dimension: 'country', orders: 2, units: 9, ...money },
    { dimension: 'customer', orders: 2, units: 9, ...money },
    { dimension: 'product', orders: 4, units: 9, ...money },
  ]);
});

it('keeps what it cannot read apart, and stays total', async () => {
  const broken = (data: unknown): RecordedEvent => ({ type: 'ordering.OrderPlaced', stream: 'order-x', data });
  const sound = orderPlaced({ id: '9' }).data as { lines: object[] };
  await land('ordering', [
    broken({}),
    broken({ ...sound, total: '12.5e3' }),
    broken({ ...sound, lines: [{ ...sound.lines[0], lineTotal: 'NaN' }] }),
    broken({ ...sound, lines: 7 }),
    broken({ ...sound, lines: [{ ...sound.lines[0], quantity: 'two' }] }),
  ]);
  const reasons = await rows<{ reason: string }>(
    `SELECT position, reason FROM nebulocart.projection_errors WHERE read_model = 'sales' ORDER BY position`,
  );
  expect(reasons.map(({ reason }) => reason)).toEqual(['currency', 'total', 'lineTotal of a line', 'lines', 'quantity of a line']);
});

it('keeps historical stock movements apart from what is on hand', async () => {
  await land('catalog', [stockReceived('MUG', 10), stockAdjusted('MUG', -3), stockMovementImported('MUG', -40), stockReceived('PAN', 1)]);
  expect(
    await rows(
      `SELECT sku, toFloat64(sum(on_hand)) AS on_hand, toFloat64(sum(historical)) AS historical FROM nebulocart.stock GROUP BY sku ORDER BY sku`,
    ),
  ).toEqual([
    { sku: 'MUG', on_hand: 7, historical: -40 },
    { sku: 'PAN', on_hand: 1, historical: 0 },
  ]);
});

it('lands a block once, in the ledger and behind every view, however often it is sent', async () => {
  const before = await rows(`SELECT count() AS n FROM ${LEDGER}`);
  await land('catalog', [stockReceived('JAR', 5)], 'same');
  await land('catalog', [stockReceived('JAR', 5)], 'same');
  expect(await rows(`SELECT toString(sum(on_hand)) AS n FROM nebulocart.stock WHERE sku = 'JAR'`)).toEqual([{ n: '5' }]);
  expect(await rows(`SELECT count() AS n FROM ${LEDGER}`)).not.toEqual(before);
});

it('forgets a call’s settings: an insert without a token, after one with a token, is not dropped', async () => {
  await land('catalog', [stockReceived('TIN', 1)], 'leaky');
  const { landing } = engine.clickhouse;
  await landing.run(`CREATE TABLE nebulocart.probe (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 10`);
  await landing.insert('nebulocart.probe', [{ n: 1 }], { async_insert: 0 });
  await landing.insert('nebulocart.probe', [{ n: 2 }], { async_insert: 0 });
  expect(await landing.rows('SELECT toFloat64(n) AS n FROM nebulocart.probe ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
  const settings = `SELECT name FROM system.settings WHERE changed AND name IN ('insert_deduplication_token', 'async_insert', 'max_execution_time', 'insert_deduplicate')`;
  for (const session of [landing, engine.clickhouse.maintenance, engine.clickhouse.reading]) {
    expect((await session.rows<{ name: string }>(settings)).map(({ name }) => name).filter((name) => name !== 'max_execution_time')).toEqual([]);
  }
});

it('recomputes the digest of an event from the ledger’s own columns', async () => {
  expect(await rows(`SELECT toString(id) AS id FROM ${LEDGER} WHERE digest != ${LEDGER_DIGEST}`)).toEqual([]);
});

it('backfills a second generation to the same figures, and drops it without a trace', async () => {
  await createGeneration(engine.clickhouse.maintenance, sales, 2);
  const lastIntent = intent;
  // Lands while the backfill is still to come: its views have it, the backfill must not.
  await land('ordering', [orderPlaced({ id: 'between' }), { type: 'ordering.OrderPlaced', stream: 'order-y', data: {} }]);
  await backfillGeneration(engine.clickhouse.maintenance, sales, 2, lastIntent);
  const figures = (generation: number) =>
    rows(`SELECT dimension, key, toString(minute) AS at, toString(sum(orders)) AS o, toString(sum(gross)) AS g, toString(sum(credits)) AS c
      FROM nebulocart.sales__g${generation} GROUP BY dimension, key, minute ORDER BY ALL`);
  expect(await figures(2)).toEqual(await figures(1));
  const errors = (generation: number) =>
    rows(`SELECT count() AS n FROM nebulocart.projection_errors WHERE read_model = 'sales' AND generation = ${generation}`);
  expect(await errors(2)).toEqual(await errors(1));
  await dropGeneration(engine.clickhouse.maintenance, 'sales', 2);
  expect((await existingGenerations(engine.clickhouse.maintenance)).map(({ readModel, generation }) => `${readModel}${generation}`).sort()).toEqual([
    'sales1',
    'stock1',
  ]);
});
