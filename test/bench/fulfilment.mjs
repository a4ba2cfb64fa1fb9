import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { atRate, fire } from './load.mjs';
import { Client, startShop } from './server.mjs';
import { percentile } from './statistics.mjs';
import { figure } from './table.mjs';

/** Orders a second of the promise about how long one takes. */
const RATE = 100;
const CONNECTIONS = 16;
const GIVE_UP_MS = 120_000;

/**
 * Orders with the whole workflow behind them: stock reserved, payment authorised, order confirmed. First at a fixed rate, how long a customer waits for the
 * 201 and, with `Prefer: wait`, for the confirmation; then as many as the clients manage, until the last of them is confirmed: of many products, and
 * all of one.
 */
export async function fulfilment({ quick, follow, say }) {
  const seconds = quick ? 5 : 20;
  const shop = await startShop({ follow });
  const database = new pg.Client({ connectionString: shop.databaseUrl });
  await database.connect();
  try {
    const client = new Client(shop.url);
    const skus = await client.products(50);
    const account = await client.customer();
    const bodies = skus.map((sku, index) => orderOf(sku, skus[(index + 1) % skus.length]));
    const place = await placing(client, account, bodies);
    await atRate(RATE, 5, place);
    await settled(database);

    const figures = [];
    const placed = await latenciesOf(seconds, place);
    figures.push(...figuresOf('order to 201', placed, { most: 50 }));
    await settled(database);
    const confirmed = await latenciesOf(seconds, (index) => place(index, { prefer: 'wait=20' }));
    figures.push(...figuresOf('order to confirmed, Prefer: wait', confirmed, { most: 250 }));
    say(
      `${RATE} orders/s: 201 after ${Math.round(percentile(placed.waits, 95))} ms, confirmed after ${Math.round(percentile(confirmed.waits, 95))} ms at p95`,
    );

    const flood = (name, orders) => confirmedPerSecond({ name, shop, database, client, account, bodies: orders, seconds, say });
    figures.push(figure('orders confirmed, two lines each, 16 connections', await flood('many products', bodies), '/s', { least: 300 }));
    figures.push(figure('orders confirmed, all of one SKU, 16 connections', await flood('one SKU', [orderOf(skus[0])]), '/s', { least: 300 }));
    return figures;
  } finally {
    await database.end();
    await shop.stop();
  }
}

const orderOf = (...skus) => ({ country: 'United Kingdom', lines: skus.map((sku) => ({ sku, quantity: 1 })) });

async function placing(client, account, bodies) {
  const token = await client.signIn(account);
  return async (index, headers = {}) => {
    const started = performance.now();
    const { body } = await client.request('POST', '/api/v1/orders', { token, headers, body: bodies[index % bodies.length] });
    return { ms: performance.now() - started, status: body.status };
  };
}

/** @throws Error where a client that waited for the confirmation was answered something else */
async function latenciesOf(seconds, place) {
  const waits = [];
  const rate = await atRate(RATE, seconds, async (index) => {
    const { ms, status } = await place(index);
    if (status !== 'placed' && status !== 'confirmed') throw new Error(`an order came out ${status}`);
    waits.push(ms);
  });
  return { rate, waits };
}

const figuresOf = (what, { rate, waits }, wanted) => [
  figure(`${what}: orders placed`, rate, '/s'),
  figure(`${what}, p50`, percentile(waits, 50), 'ms'),
  figure(`${what}, p95`, percentile(waits, 95), 'ms', wanted),
  figure(`${what}, p99`, percentile(waits, 99), 'ms'),
];

/** From the first order until the last one is confirmed. */
async function confirmedPerSecond({ name, shop, database, client, account, bodies, seconds, say }) {
  await settled(database);
  const before = await counted(database, 'confirmed');
  const headers = { authorization: `Bearer ${await client.signIn(account)}` };
  const started = performance.now();
  const load = { url: `${shop.url}/api/v1/orders`, connections: CONNECTIONS, duration: seconds, headers };
  const { answered } = await fire({ ...load, bodies: bodies.map((body) => JSON.stringify(body)) });
  const placedIn = (performance.now() - started) / 1_000;
  await settled(database);
  const took = (performance.now() - started) / 1_000;
  const confirmed = (await counted(database, 'confirmed')) - before;
  if (confirmed < answered) throw new Error(`${answered} orders were placed, ${confirmed} confirmed`);
  say(`${name}: ${answered} placed in ${placedIn.toFixed(1)} s, all confirmed after ${took.toFixed(1)} s`);
  return confirmed / took;
}

/** Waits until no order is on its way. */
async function settled(database) {
  for (const until = performance.now() + GIVE_UP_MS; (await counted(database, 'placed')) > 0; await pause(50)) {
    if (performance.now() > until) throw new Error(`orders are still placed after ${GIVE_UP_MS} ms`);
  }
}

const counted = async (database, status) =>
  Number((await database.query('select count(*) as n from ordering.orders where status = $1', [status])).rows[0].n);
