import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { built } from '../engines.mjs';
import { figure } from '../table.mjs';
import { openClickHouse, openPipeline, openProjector } from './engines.mjs';

const PROGRAM = join(import.meta.dirname, 'projector-process.mjs');
/** So that every member has its partitions and its buffers are full before the clock runs. */
const SETTLE_MS = 12_000;

/**
 * A backlog on a topic of eight partitions, landed by one, two and four projectors, each a process, against a bare insert of the same rows, in blocks of the same
 * size, into the same table with the same views. A backlog is laid in while the gate is closed; the clock runs from its opening until all is visible.
 */
export async function projectors({ quick, follow, say }) {
  const events = quick ? 30_000 : 120_000;
  const pipeline = await openPipeline({ follow });
  const { server, location } = await openClickHouse(pipeline.directory, follow);
  const reader = await openProjector({ ...pipeline, location, roles: ['answers'] });
  try {
    pipeline.relay.start();
    await pipeline.grow(3_000, 1);
    await pipeline.relayed();
    // The tables, and every view in its first generation.
    await land({ pipeline, reader, location, count: 1, events: 3_000, seed: 2 });
    const rates = new Map();
    for (const count of [1, 2, 4]) {
      rates.set(count, await land({ pipeline, reader, location, count, events, seed: 10 + count }));
      say(`${count} projectors: ${Math.round(rates.get(count))} events/s`);
    }
    const bare = await bareInsert({ pipeline, reader, events });
    say(`bare insert: ${Math.round(bare)} events/s`);
    return [
      ...[...rates].map(([count, rate]) =>
        figure(`landed by ${count} of 8 partitions’ projectors`, rate, 'ev/s', count === 1 ? { least: 100_000 } : undefined),
      ),
      figure('bare insert of the same rows, table and views', bare, 'ev/s'),
      figure('one projector / bare insert', rates.get(1) / bare, 'ratio', { least: 0.5 }),
    ];
  } finally {
    await reader.stop();
    await server.stop();
    await pipeline.close();
  }
}

async function land({ pipeline, reader, location, count, events, seed }) {
  const parts = JSON.stringify({ databaseUrl: pipeline.url, brokers: pipeline.brokers, location });
  const members = [];
  let opened;
  const work = async () => {
    await pipeline.grow(events, seed);
    await pipeline.relayed();
    await pause(SETTLE_MS);
  };
  try {
    for (let index = 0; index < count; index++) members.push(fork(PROGRAM, [parts]));
    await Promise.all(members.map((member) => once(member, 'message')));
    await visible(pipeline, reader);
    await reader.gate.whileClosed(work);
    opened = performance.now();
    await visible(pipeline, reader);
    return events / ((performance.now() - opened) / 1_000);
  } finally {
    for (const member of members) {
      const gone = once(member, 'exit');
      member.send('end');
      await gone;
    }
  }
}

async function visible({ log }, reader) {
  for (const head = await log.head(); ; await pause(5)) {
    if (((await reader.watermarks.current()).ordering?.position ?? 0) >= head) return;
  }
}

/** The same table and views in a database of their own, filled from the same rows. */
async function bareInsert({ pipeline: { log }, reader, events }) {
  const [{ ledgerRow, landingSettings }, { SERVER_BLOCKS }] = await Promise.all([
    built('libs/adapters/read-store/src/ledger.js'),
    built('libs/adapters/read-store/src/landing/landing.js'),
  ]);
  const { maintenance, landing } = reader.clickhouse;
  await maintenance.run('CREATE DATABASE bare');
  const tables = await maintenance.rows(
    `SELECT name, engine, create_table_query AS sql FROM system.tables WHERE database = 'nebulocart' AND engine != 'View' AND NOT startsWith(name, '.inner')
     ORDER BY engine = 'MaterializedView', name`,
  );
  for (const { sql } of tables) await maintenance.run(sql.replaceAll('nebulocart.', 'bare.'));
  const rows = [];
  const last = await log.head();
  for (let after = last - events; after < last; after += SERVER_BLOCKS.maxRows) {
    const read = await log.readAfter(after, Math.min(SERVER_BLOCKS.maxRows, last - after));
    rows.push(read.map((event) => ledgerRow('ordering', event, after)));
  }
  const started = performance.now();
  for (const [index, block] of rows.entries()) await landing.insert('bare.events', block, landingSettings(`bare:${index}`));
  return events / ((performance.now() - started) / 1_000);
}
