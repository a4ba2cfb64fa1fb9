import { salesControl } from '@contexts/analytics/src/controls/sales.control.js';
import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { sales } from '@contexts/analytics/src/read-models/sales/sales.projection.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import type { ReadModelDefinition } from '@kernel/read-model.js';
import { eventually } from '@testing/eventually.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { orderPlaced, stockReceived } from '@testing/sample-events.js';
import { setTimeout as pause } from 'node:timers/promises';
import { existingGenerations } from './generation-tables.js';

let test: TestReadSide;

beforeEach(async () => {
  test = await testReadSide({ readModels: [sales, stock], controls: [salesControl, stockControl] });
  await test.append('ordering', ...Array.from({ length: 30 }, (_, index) => orderPlaced({ id: `${index}` })));
  await test.append('catalog', stockReceived('MUG', 5));
  await test.landed();
});
afterEach(() => test.drop());

const generations = async () => (await test.side.generations.list()).map(({ readModel, generation, state }) => `${readModel} ${generation} ${state}`);
const tables = async () =>
  (await existingGenerations(test.side.clickhouse.maintenance)).map(({ readModel, generation }) => `${readModel} ${generation}`).sort();
const orders = async () => {
  const sql = `SELECT toFloat64(sum(orders)) AS n FROM nebulocart.sales WHERE dimension = 'country'`;
  return (await test.side.clickhouse.reading.rows<{ n: number }>(sql))[0]!.n;
};
const certified = async () => expect((await test.side.auditor.audit()).proofs.flatMap(({ differences }) => differences)).toEqual([]);

it('rebuilds while orders come in: none is lost, none counts twice', async () => {
  let ending = false;
  let placed = 30;
  const shoppers = (async () => {
    while (!ending) await test.append('ordering', orderPlaced({ id: `live-${placed++}` }));
  })();
  const result = await test.side.generations.rebuild('sales');
  ending = true;
  await shoppers;
  await test.landed();
  expect(result).toMatchObject({ readModel: 'sales', from: 1, to: 2, certified: true });
  expect(await generations()).toEqual(['sales 1 previous', 'sales 2 active', 'stock 1 active']);
  expect(await orders()).toBe(placed);
  await certified();
});

const INTENT = `INSERT INTO analytics.landing_intent (context, partitions, parts, first_position, last_position, row_count, digest, state)
  VALUES ('ordering', 1, '[]', 31, 31, 1, 'on its way', 'open')`;
const LANDED = `DELETE FROM analytics.landing_intent WHERE digest = 'on its way'`;

it('makes tables and views only while nothing is on its way to the ledger', async () => {
  await test.tamper('analytics', INTENT);
  const rebuild = test.side.generations.rebuild('sales');
  await pause(300);
  expect(await tables()).toEqual(['sales 1', 'stock 1']);
  await test.tamper('analytics', LANDED);
  expect(await rebuild).toMatchObject({ to: 2, certified: true });
});

it('refuses a rebuild whose generation was given up meanwhile, as something that passes', async () => {
  await test.tamper('analytics', INTENT);
  const rebuild = Promise.allSettled([test.side.generations.rebuild('sales')]);
  await eventually(async () => expect(await generations()).toContain('sales 2 building'));
  await test.tamper('analytics', `UPDATE analytics.generation SET state = 'retired' WHERE state = 'building'`);
  await test.tamper('analytics', LANDED);
  expect(await rebuild).toMatchObject([{ reason: { code: 'read-model.given-up', kind: 'unavailable' } }]);
  expect(await test.side.generations.rebuild('sales')).toMatchObject({ from: 1, to: 3, certified: true });
});

it('drops a generation that a failed question has read', async () => {
  await expect(test.side.clickhouse.reading.rows('SELECT throwIf(on_hand > 0) FROM nebulocart.stock')).rejects.toMatchObject({
    type: 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO',
  });
  await test.side.generations.rebuild('stock');
  expect(await test.side.generations.rebuild('stock')).toMatchObject({ from: 2, to: 3, certified: true });
  expect(await tables()).toEqual(['sales 1', 'stock 2', 'stock 3']);
});

it('certifies while an audit runs', async () => {
  const [audit, rebuild] = await Promise.all([test.side.auditor.audit(), test.side.generations.rebuild('sales')]);
  expect([audit.equal, rebuild.certified]).toEqual([true, true]);
});

it('rolls back to a generation that has been kept up to date', async () => {
  await test.side.generations.rebuild('sales');
  await test.append('ordering', orderPlaced({ id: 'late' }));
  await test.landed();
  expect(await test.side.generations.rollback('sales')).toMatchObject({ from: 2, to: 1, certified: true });
  expect(await orders()).toBe(31);
  expect(await generations()).toEqual(['sales 1 active', 'sales 2 previous', 'stock 1 active']);
  await certified();
});

it('keeps one generation to roll back to, and gives no number twice', async () => {
  for (const expected of [2, 3]) expect(await test.side.generations.rebuild('sales')).toMatchObject({ to: expected });
  expect(await tables()).toEqual(['sales 2', 'sales 3', 'stock 1']);
});

it('refuses a roll-back without a generation before, an unknown name, and two rebuilds at once', async () => {
  const { generations: readModels } = test.side;
  await expect(readModels.rollback('stock')).rejects.toMatchObject({ code: 'read-model.no-previous' });
  await expect(readModels.rebuild('weather')).rejects.toMatchObject({ code: 'read-model.unknown', kind: 'not-found' });
  const first = readModels.rebuild('stock');
  await expect(readModels.rebuild('stock')).rejects.toMatchObject({ code: 'read-model.busy' });
  await first;
});

it('drops at the next start what a rebuild that was killed half way left behind', async () => {
  const rebuild = test.side.generations.rebuild('sales');
  // The kill: its engine is gone from one statement to the next, wherever it was.
  await test.side.clickhouse.close();
  await rebuild.catch(() => undefined);
  await test.restart();
  expect(await generations()).toEqual(['sales 1 active', 'stock 1 active']);
  expect(await tables()).toEqual(['sales 1', 'stock 1']);
  expect(await orders()).toBe(30);
  await certified();
});

it('drops tables whose registration, and a registration whose tables, are unfinished', async () => {
  await test.tamper(
    'analytics',
    `INSERT INTO analytics.generation (read_model, number, state, definition_hash) VALUES ('sales', 7, 'building', 'x')`,
  );
  const { maintenance } = test.side.clickhouse;
  await maintenance.run(`CREATE TABLE nebulocart.sales__g7 AS nebulocart.sales__g1`);
  await maintenance.run(`CREATE TABLE nebulocart.stock__g9 AS nebulocart.stock__g1`);
  await test.restart();
  expect(await tables()).toEqual(['sales 1', 'stock 1']);
  expect(await test.side.generations.rebuild('sales')).toMatchObject({ to: 8 });
});

it('does not let a generation answer that is not what its SQL makes of the ledger', async () => {
  const { maintenance } = test.side.clickhouse;
  const rebuild = test.side.generations.rebuild('stock');
  // A row slips into the new generation from elsewhere, before it is certified.
  for (let tries = 0; tries < 2_000 && !(await tables()).includes('stock 2'); tries++);
  await maintenance.run(`INSERT INTO nebulocart.stock__g2 (context, sku, segment, on_hand, movements) VALUES ('catalog', 'MUG', 0, 1, 1)`);
  expect(await rebuild).toMatchObject({ certified: false, from: 1, to: 2 });
  expect(await generations()).toEqual(['sales 1 active', 'stock 1 active']);
});

it('builds a read model that a release adds or changes, and drops one that it removes', async () => {
  const changed: ReadModelDefinition = {
    ...stock,
    sums: { ...stock.sums, doubled: 'Int64' },
    projectionSql: (source) => `SELECT *, 2 * on_hand AS doubled FROM (${stock.projectionSql(source)})`,
  };
  const added: ReadModelDefinition = { ...stock, name: 'stock_again' };
  await test.restart({ readModels: [changed, added], controls: [stockControl] });
  expect(await generations()).toEqual(['stock 1 previous', 'stock 2 active', 'stock_again 1 active']);
  expect(await tables()).toEqual(['stock 1', 'stock 2', 'stock_again 1']);
  const rows = await test.side.clickhouse.reading.rows(
    `SELECT toFloat64(sum(doubled)) AS n, toFloat64(sum(on_hand)) AS on_hand FROM nebulocart.stock`,
  );
  expect(rows).toEqual([{ n: 10, on_hand: 5 }]);
  await certified();
});
