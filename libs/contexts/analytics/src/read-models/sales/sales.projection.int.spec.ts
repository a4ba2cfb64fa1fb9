import { createLedger, landingSettings, LEDGER, ledgerRow } from '@adapters/read-store/src/ledger.js';
import { testClickHouse, type TestClickHouse } from '@testing/clickhouse.js';
import { MemoryLog, type RecordedEvent } from '@testing/memory-log.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import { creditNoteRecorded, orderCancelled, orderPlaced, type SampleOrder } from '@testing/sample-events.js';
import pg from 'pg';
import { salesControl } from '../../controls/sales.control.js';
import { sales } from './sales.projection.js';

let clickhouse: TestClickHouse;
let database: TestDatabase;
let postgres: pg.Client;
beforeAll(async () => {
  [clickhouse, database] = await Promise.all([testClickHouse(), testDatabase()]);
  postgres = new pg.Client({ connectionString: database.url });
  await postgres.connect();
});
beforeEach(() => createLedger(clickhouse.clickhouse.maintenance));
afterEach(() => clickhouse.clickhouse.maintenance.run('DROP DATABASE nebulocart SYNC'));
afterAll(async () => {
  await postgres.end();
  await Promise.all([clickhouse.drop(), database.drop()]);
});

/** An event, and the version of its schema. */
type Versioned = readonly [version: number, event: RecordedEvent];

interface SampleData {
  readonly lines: readonly object[];
  readonly total: string;
}

/** The same event as version 2 has it: with shipping for 4.95 and tax for 1.00 in beside its goods. */
function charged(event: RecordedEvent): Versioned {
  const { lines, total, ...rest } = event.data as SampleData;
  const charge = (kind: string, lineTotal: string) => ({
    kind,
    sku: kind,
    name: kind,
    category: 'Charges',
    quantity: 1,
    unitPrice: lineTotal,
    lineTotal,
  });
  const all = [...lines.map((line) => ({ kind: 'goods', ...line })), charge('shipping', '4.95'), charge('tax', '1.00')];
  return [2, { ...event, data: { ...rest, lines: all, goodsTotal: total, total: (Number(total) + 5.95).toFixed(3) } }];
}
const uncharged = (event: RecordedEvent): Versioned => [1, event];

async function land(events: readonly Versioned[]): Promise<void> {
  const logged = new MemoryLog('ordering').append(...events.map(([, event]) => event));
  const rows = logged.map((event, index) => ledgerRow('ordering', { ...event, version: events[index]![0] }, 1));
  await clickhouse.clickhouse.landing.insert(LEDGER, rows, landingSettings('t'));
}

interface Measure {
  measure: string;
  value: string;
}
const figures = (rows: readonly Measure[]) =>
  Object.fromEntries(rows.filter(({ value }) => Number(value) !== 0).map(({ measure, value }) => [measure, Number(value)]));

const projected = async () =>
  figures(await clickhouse.clickhouse.reading.rows<Measure>(salesControl.fromReadModel(`(${sales.projectionSql(LEDGER)})`)));

/** The control's own figures of the same events. */
async function controlled(events: readonly Versioned[]) {
  const relation = `WITH events AS (SELECT (row_number() OVER ())::bigint AS position, e->>'type' AS type, e->'data' AS data FROM jsonb_array_elements($1::jsonb) AS e)`;
  const { rows } = await postgres.query<Measure>(`${relation} SELECT * FROM (${salesControl.fromEvents}) AS totals`, [
    JSON.stringify(events.map(([, event]) => event)),
  ]);
  return figures(rows);
}

const lines: SampleOrder['lines'] = [
  ['MUG', 'Kitchen', 2, 2_550],
  ['LAMP', 'Light', 1, 10_005],
];
const story = [
  orderPlaced({ id: '1', lines }),
  orderPlaced({ id: '2', customer: null, country: 'France' }),
  orderPlaced({ id: '3', currency: 'EUR', lines }),
  orderCancelled({ id: '1', lines }),
  creditNoteRecorded({ id: 'C1' }),
];
const unreadable = () =>
  clickhouse.clickhouse.reading.rows<{ reason: string }>(`SELECT reason FROM (${sales.unreadableSql(LEDGER)}) ORDER BY position`);

it('counts goods, whichever version told of them and whatever stood beside them', async () => {
  const told = story.map((event, index) => (index % 2 === 0 ? charged(event) : uncharged(event)));
  await land(told);
  const found = await projected();
  expect(found).toMatchObject({
    'country GBP orders': 2,
    'country GBP units': 5,
    'country GBP gross': 20.205,
    'country GBP cancelled': 15.105,
    'country GBP credits': 5.1,
    'category GBP gross': 20.205,
    'product EUR gross': 15.105,
    'product EUR orders': 2,
  });
  expect(Object.keys(found).some((measure) => measure.includes('Charges'))).toBe(false);
  expect(await controlled(told)).toEqual(found);
  expect(await unreadable()).toEqual([]);
});

it('comes to the same figures for the same goods in either version', async () => {
  await land(story.map(uncharged));
  const before = await projected();
  await clickhouse.clickhouse.maintenance.run(`TRUNCATE TABLE ${LEDGER}`);
  await land(story.map(charged));
  expect(await projected()).toEqual(before);
});

it('names what a newer event lacks instead of guessing', async () => {
  const [, placed] = charged(story[0]!);
  const data = placed.data as SampleData & { goodsTotal: string };
  const { goodsTotal: _, ...withoutGoodsTotal } = data;
  await land([
    [2, { ...placed, data: withoutGoodsTotal }],
    [2, { ...placed, data: { ...data, lines: [{ ...data.lines[0], kind: 'gift' }] } }],
    [2, { ...placed, data: { ...data, lines: data.lines.slice(2) } }],
    [1, { ...placed, data: { ...data, total: 'much' } }],
  ]);
  expect((await unreadable()).map(({ reason }) => reason)).toEqual(['goodsTotal', 'kind of a line', 'lines', 'total']);
  expect(await projected()).toEqual({});
});
