import { jest } from '@jest/globals';
import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LogSignal } from '@adapters/event-store/src/log-signal.js';
import { salesControl } from '@contexts/analytics/src/controls/sales.control.js';
import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { sales } from '@contexts/analytics/src/read-models/sales/sales.projection.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import { eventually } from '@testing/eventually.js';
import type { Refusal } from '@kernel/refusal.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { orderPlaced, stockReceived } from '@testing/sample-events.js';
import type { ReadSide } from '../read-side.js';
import { LANDING_CALLS } from './landing-calls.js';

const CHECK_EACH = { check_query_single_value_result: 0 };
const UNREADABLE = { code: 'analytics.unreadable', kind: 'unavailable' };

let test: TestReadSide;
beforeEach(async () => {
  test = await testReadSide({ readModels: [sales, stock], controls: [salesControl, stockControl] });
});
afterEach(() => test.drop());

/** What a full disk leaves of parts that were merged while it was: every file is there, and empty. */
async function emptyParts(table: string): Promise<number> {
  const { maintenance } = test.side.clickhouse;
  await maintenance.run(`OPTIMIZE TABLE nebulocart.${table} FINAL`);
  const parts = await maintenance.rows<{ path: string }>(
    `SELECT path FROM system.parts WHERE database = 'nebulocart' AND table = '${table}' AND active`,
  );
  for (const { path } of parts) for (const file of readdirSync(path)) truncateSync(join(path, file));
  return parts.length;
}

const onHand = (side: ReadSide = test.side) =>
  side.store.rows(`SELECT toFloat64(sum(s.on_hand)) AS units FROM ${side.store.source('stock')} AS s`) as Promise<[{ units: number }]>;

async function land(): Promise<void> {
  await test.append('catalog', ...[1, 2, 4, 8].map((quantity) => stockReceived('MUG', quantity)));
  await test.append('ordering', orderPlaced({ id: '1' }), orderPlaced({ id: '2' }));
  await test.landed();
}

/** As a user would: again, after what passes by itself. */
const isWhole = (side: ReadSide, units: number) =>
  eventually(async () => {
    expect(await side.auditor.audit()).toMatchObject({ equal: true });
    expect(await onHand(side)).toEqual([{ units }]);
  }, 30_000);

it('takes what ClickHouse cannot read of the ledger from the log as it starts', async () => {
  await land();
  expect(await emptyParts('events')).toBe(1);
  // The engine stays open, as a server does when a projector starts anew: it looks at its parts as it opens, and would have set them aside itself.
  const other = test.make({ roles: ['answers'] });
  try {
    await other.ping();
    await test.restart();
    expect(await onHand()).toEqual([{ units: 15 }]);
    expect(await test.side.auditor.audit()).toMatchObject({ equal: true });
    await test.append('catalog', stockReceived('MUG', 16));
    await test.landed();
    await isWhole(test.side, 31);
  } finally {
    await other.stop();
  }
});

it('does so while it runs, when an audit could not read it, and answers nothing wrong meanwhile', async () => {
  await land();
  expect(await emptyParts('events')).toBe(1);
  await expect(test.side.auditor.audit()).rejects.toMatchObject(UNREADABLE);
  const answers = new Set<number>();
  const over = new AbortController();
  const asking = (async () => {
    for (; !over.signal.aborted; await pause(5)) {
      const rows = await onHand().catch((error: Refusal) => (error.kind === 'unavailable' ? [] : Promise.reject(error)));
      for (const { units } of rows) answers.add(units);
    }
  })();
  await isWhole(test.side, 15).finally(() => over.abort());
  await asking;
  expect([...answers]).toEqual([15]);
});

it('makes a read model anew that a question could not read', async () => {
  await land();
  expect(await emptyParts('stock__g1')).toBe(1);
  await expect(onHand()).rejects.toMatchObject(UNREADABLE);
  await isWhole(test.side, 15);
  expect(await test.side.generations.list()).toContainEqual(expect.objectContaining({ readModel: 'stock', generation: 2, state: 'active' }));
});

/** Whether ClickHouse can read all of the ledger there is. */
const areSetAside = () =>
  eventually(async () => {
    const checked = await test.side.clickhouse.maintenance.rows<{ is_passed: number }>('CHECK TABLE nebulocart.events', {}, CHECK_EACH);
    expect(checked.filter(({ is_passed }) => Number(is_passed) === 0)).toEqual([]);
  }, 30_000);

it('finds by itself what nobody asks for', async () => {
  await test.restart({ backgroundAuditMs: 200 });
  await land();
  expect(await emptyParts('events')).toBe(1);
  await test.append('catalog', stockReceived('MUG', 16));
  await areSetAside();
  await isWhole(test.side, 31);
});

it('tries until all is there again what it has set aside and could not take from the log at once', async () => {
  await land();
  expect(await emptyParts('events')).toBe(1);
  const closing = jest.spyOn(test.side.gate, 'whileClosed').mockRejectedValueOnce(new Error('Postgres ended the statement'));
  await expect(test.side.clickhouse.reading.rows('SELECT sum(position) FROM nebulocart.events')).rejects.toMatchObject(UNREADABLE);
  await areSetAside();
  await eventually(() => expect(closing.mock.results.length).toBeGreaterThan(1), 30_000);
  await isWhole(test.side, 15);
});

it('is asked for it by a process that does not land', async () => {
  const calls = new LogSignal({ connectionString: test.databases.get('analytics').url }, LANDING_CALLS);
  await test.restart({ roles: ['lands'], soleOwner: false, calls });
  const other = test.make({ roles: ['answers'], soleOwner: false });
  await other.start();
  try {
    await land();
    expect(await emptyParts('events')).toBe(1);
    await expect(other.generations.rebuild('stock')).rejects.toMatchObject(UNREADABLE);
    await isWhole(other, 15);
  } finally {
    await other.stop();
    await calls.close();
  }
});

it('makes every read model anew where ClickHouse cannot read which events they could not', async () => {
  await land();
  await test.append('catalog', { ...stockReceived('MUG', 1), data: { quantity: 'many' } });
  await test.landed();
  const errors = async () => (await test.side.auditor.audit()).proofs.flatMap(({ differences }) => differences);
  const before = await errors();
  expect(before).toHaveLength(1);
  expect(await emptyParts('projection_errors')).toBe(1);
  await expect(test.side.auditor.audit()).rejects.toMatchObject(UNREADABLE);
  await eventually(async () => expect(await errors()).toEqual(before), 30_000);
});
