import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { built, openStores } from './engines.mjs';
import { seedOrders } from './orders.mjs';
import { median, percentile, timed } from './statistics.mjs';
import { figure } from './table.mjs';

/** Landing, rebuilding, auditing and listing over so many events, and over ten times as many. */
export async function readSide({ quick, follow, say }) {
  const events = quick ? 10_000 : 30_000;
  const shop = await openStores({ follow });
  const side = await openReadSide(shop);
  try {
    const figures = [];
    for (const [size, more, seed] of [
      [events, events, 1],
      [events * 10, events * 9, 2],
    ]) {
      await seedOrders(shop, more, seed);
      const landing = await timed(() => landed(side));
      say(`${size} events are there, ${landing.seconds.toFixed(1)} s after the last was appended`);
      figures.push(...(await rebuildFigures(side, size, 3)));
      figures.push(...(await auditFigures(side, size)));
      figures.push(...(await listFigures(shop, size)));
    }
    return figures;
  } finally {
    await side.stop();
    await shop.close();
  }
}

async function openReadSide({ dataDir, databases, stores }) {
  const [{ ReadSide }, { LogEventBus }, { sales }, { stock }, { salesControl }, { stockControl }] = await Promise.all([
    built('libs/adapters/read-store/src/read-side.js'),
    built('libs/adapters/event-bus/src/log-event-bus.js'),
    built('libs/contexts/analytics/src/read-models/sales/sales.projection.js'),
    built('libs/contexts/analytics/src/read-models/stock/stock.projection.js'),
    built('libs/contexts/analytics/src/controls/sales.control.js'),
    built('libs/contexts/analytics/src/controls/stock.control.js'),
  ]);
  const options = { clickhouse: { path: join(dataDir, 'clickhouse') }, readModels: [sales, stock], controls: [salesControl, stockControl] };
  const side = new ReadSide(stores, new LogEventBus(stores), databases, options);
  await side.start();
  return side;
}

/** Waits until everything appended is in the ledger. */
async function landed({ watermarks }) {
  for (;;) {
    await pause(100);
    const current = Object.values(await watermarks.current());
    const before = current.map(({ head }) => head).join();
    if (!current.every(({ position, head }) => position === head)) continue;
    // The sequencer may still be at it: the head has to stand.
    await pause(300);
    if (
      Object.values(await watermarks.current())
        .map(({ head }) => head)
        .join() === before
    )
      return;
  }
}

/** A rebuild (make, fill, certify, flip) against nothing but the INSERT SELECT of the same SQL into a table of the same kind. */
async function rebuildFigures(side, events, rounds) {
  const { projectedSql, keysOf, sumsOf } = await built('libs/adapters/read-store/src/generations/generation-tables.js');
  const { LEDGER } = await built('libs/adapters/read-store/src/ledger.js');
  const definition = side.generations.definitions.find(({ name }) => name === 'sales');
  const session = side.clickhouse.maintenance;
  const columns = ['context LowCardinality(String)', ...columnsOf(definition.keys), 'segment UInt64', ...columnsOf(definition.sums)];
  const seconds = { rebuild: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    await session.run('DROP TABLE IF EXISTS nebulocart.bench SYNC');
    await session.run(
      `CREATE TABLE nebulocart.bench (${columns.join(', ')}) ENGINE = SummingMergeTree((${sumsOf(definition).join(', ')})) ORDER BY (${keysOf(definition).join(', ')})`,
    );
    seconds.bare.push((await timed(() => session.run(`INSERT INTO nebulocart.bench ${projectedSql(definition, LEDGER)}`))).seconds);
    const { result, seconds: took } = await timed(() => side.generations.rebuild('sales'));
    if (!result.certified) throw new Error('the rebuilt read model was not certified');
    seconds.rebuild.push(took);
  }
  await session.run('DROP TABLE IF EXISTS nebulocart.bench SYNC');
  const [rebuild, bare] = [median(seconds.rebuild), median(seconds.bare)];
  const ratio = median(seconds.rebuild.map((took, round) => seconds.bare[round] / took));
  return [
    figure(`rebuild of sales over ${events} events`, events / rebuild, 'ev/s'),
    figure(`bare INSERT SELECT over ${events} events`, events / bare, 'ev/s'),
    figure(`rebuild / bare INSERT SELECT over ${events} events`, ratio, 'ratio', { least: 0.5 }),
  ];
}

const columnsOf = (fields) => Object.entries(fields).map(([name, type]) => `${name} ${type}`);

async function auditFigures({ auditor }, events) {
  const { result, seconds } = await timed(() => auditor.audit());
  if (!result.equal) throw new Error(`the audit found differences: ${JSON.stringify(result.proofs).slice(0, 2_000)}`);
  return [figure(`audit of ${events} events`, result.events / seconds, 'ev/s')];
}

/** The newest page, the newest of one status, the page after another, and the newest of one customer. */
async function listFigures({ databases }, events) {
  const [{ ListOrders, ListOrdersHandler }, { PostgresReads }] = await Promise.all([
    built('libs/contexts/ordering/src/read-models/orders/list-orders.query.js'),
    built('libs/adapters/event-store/src/postgres-reads.js'),
  ]);
  await databases.get('ordering').query({ name: '', text: 'analyze ordering.orders' }, []);
  const handler = new ListOrdersHandler(new PostgresReads(databases));
  const list = (query) => handler.execute(new ListOrders(query));
  const { next } = await list({ limit: 200 });
  const waits = [];
  for (let round = 0; round < 100; round++) {
    for (const query of [
      { limit: 50 },
      { limit: 50, status: 'delivered' },
      { limit: 50, cursor: next },
      { limit: 50, customerId: `customer-${round}` },
    ]) {
      waits.push((await timed(() => list(query))).seconds * 1_000);
    }
  }
  return [
    figure(`list of orders over ${events} events, p50`, percentile(waits, 50), 'ms'),
    figure(`list of orders over ${events} events, p99`, percentile(waits, 99), 'ms'),
  ];
}
