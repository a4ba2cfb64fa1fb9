import { startBare } from './bare-server.mjs';
import { fire } from './load.mjs';
import { treeSeconds } from './machine.mjs';
import { Client, growShop, startShop } from './server.mjs';
import { median, percentile } from './statistics.mjs';
import { figure } from './table.mjs';

/** Connections that the promise is about; the bare route is measured at as many. */
const PROMISED = 16;

/**
 * PlaceOrder over HTTP, the load generator on the same cores. At 16 connections it takes turns with a bare Nest route that writes a
 * stream, an event and an outbox row in one transaction of five round trips to the same Postgres, so that both meet the same weather.
 */
export async function placeOrder({ quick, follow, say }) {
  const [seconds, rounds, many] = quick ? [3, 2, 30_000] : [8, 5, 300_000];
  const shop = await startShop({ follow });
  const bare = await startBare(shop.databaseUrl);
  try {
    const client = new Client(shop.url);
    const bodies = ordersOf(await client.products(50));
    const account = await client.customer();
    const ours = async (connections, duration) => {
      const headers = { authorization: `Bearer ${await client.signIn(account)}` };
      return fire({ url: `${shop.url}/api/v1/orders`, connections, duration, bodies, headers });
    };
    const theirs = (duration) => fire({ url: `${bare.url}/orders`, connections: PROMISED, duration, bodies, headers: {} });
    await ours(PROMISED, 2 * seconds);
    await theirs(seconds);

    const figures = [];
    for (const connections of [1, 64]) figures.push(...figuresOf(connections, [await measured(shop, () => ours(connections, seconds))]));
    const turns = [];
    for (let round = 0; round < rounds; round++) {
      turns.push({ ours: await measured(shop, () => ours(PROMISED, seconds)), theirs: await theirs(seconds) });
      say(`${PROMISED} connections: ${Math.round(turns.at(-1).ours.rate)} orders/s, bare ${Math.round(turns.at(-1).theirs.rate)}/s`);
    }
    const latencies = turns.flatMap((turn) => turn.theirs.latencies);
    await growShop(shop, many);
    say(`${many} events more are there`);
    const grown = await measured(shop, () => ours(PROMISED, rounds * seconds));
    return [
      ...figures,
      ...figuresOf(
        PROMISED,
        turns.map((turn) => turn.ours),
      ),
      figure('bare Nest, three inserts in five round trips, 16 connections', median(turns.map((turn) => turn.theirs.rate)), '/s'),
      figure('bare Nest, three inserts in five round trips, p95', percentile(latencies, 95), 'ms'),
      figure('PlaceOrder / bare Nest, 16 connections', median(turns.map((turn) => turn.ours.rate / turn.theirs.rate)), 'ratio'),
      figure(`PlaceOrder, ${PROMISED} connections, over ${many} events more`, grown.rate, '/s', { least: 1_500 }),
      figure(`PlaceOrder, ${PROMISED} connections, over ${many} events more, p95`, percentile(grown.latencies, 95), 'ms', { most: 20 }),
    ];
  } finally {
    await bare.stop();
    await shop.stop();
  }
}

/** A run of load with the CPU time, in ms, that each side spent on one order. */
async function measured(shop, run) {
  const look = () => [treeSeconds(shop.pid), treeSeconds(shop.postmaster), Object.values(process.cpuUsage()).reduce((sum, us) => sum + us, 0) / 1e6];
  const before = look();
  const result = await run();
  const [server, postgres, load] = look().map((seconds, side) => ((seconds - before[side]) * 1_000) / result.answered);
  return { ...result, cpu: { server, postgres, load } };
}

function figuresOf(connections, runs) {
  const at = `PlaceOrder, ${connections} connection${connections === 1 ? '' : 's'}`;
  const wanted = connections === PROMISED;
  const latencies = runs.flatMap((run) => run.latencies);
  const cpu = (side) => median(runs.map((run) => run.cpu[side]));
  return [
    figure(at, median(runs.map((run) => run.rate)), '/s', wanted && { least: 1_500 }),
    figure(`${at}, p50`, percentile(latencies, 50), 'ms'),
    figure(`${at}, p95`, percentile(latencies, 95), 'ms', wanted && { most: 20 }),
    figure(`${at}, p99`, percentile(latencies, 99), 'ms'),
    figure(`${at}, CPU an order: server`, cpu('server'), 'ms'),
    figure(`${at}, CPU an order: Postgres`, cpu('postgres'), 'ms'),
    figure(`${at}, CPU an order: load generator`, cpu('load'), 'ms'),
  ];
}

/** Orders of two lines, of a few products in turn. */
const ordersOf = (skus) =>
  skus.slice(1).map((sku, index) => {
    const lines = [
      { sku: skus[index], quantity: 1 + (index % 3) },
      { sku, quantity: 2 },
    ];
    return JSON.stringify({ country: 'United Kingdom', lines });
  });
