import { setTimeout as pause } from 'node:timers/promises';
import { atRate } from './load.mjs';
import { Client, growShop, startShop } from './server.mjs';
import { percentile } from './statistics.mjs';
import { figure } from './table.mjs';

const RATE = 200;
/** Orders that are looked for, a second. */
const SAMPLES = 5;
const POLL_MS = 50;
const GIVE_UP_MS = 15_000;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * How long after its 201 an order shows in the sales query, while orders come in at a fixed rate whatever the answers take. Once as a
 * dashboard sees it, that asks again and again and names no order; once as its client sees it, that asks with the order's own token.
 */
export async function visible({ quick, follow, say }) {
  const [seconds, many] = quick ? [5, 30_000] : [20, 300_000];
  const shop = await startShop({ follow });
  try {
    const { place, ask } = await visibleOf(new Client(shop.url));
    const figures = await waitsOf({ place, ask, seconds, say, first: 0 }, '');
    await growShop(shop, many);
    say(`${many} events more are there`);
    return [...figures, ...(await waitsOf({ place, ask, seconds, say, first: 100 }, `, over ${many} events more`))];
  } finally {
    await shop.stop();
  }
}

/** How to place an order and how to ask for the sales, in a shop that has warmed up at some rate, orders a second, for some seconds. */
export async function visibleOf(client, rate = RATE, seconds = 3) {
  const [sku] = await client.products(1);
  const token = await client.signIn(await client.customer());
  const place = async (country) => {
    const { headers } = await client.request('POST', '/api/v1/orders', { token, body: { country, lines: [{ sku, quantity: 1 }] } });
    return { at: performance.now(), token: headers.get('consistency-token') };
  };
  const ask = await salesQuery(client);
  await atRate(rate, seconds, () => place('United Kingdom'));
  return { place, ask };
}

/**
 * `first` numbers the sampled orders' countries, so that no earlier order shows in the place of a later one. An order that was given up counts with how
 * long it was waited for.
 */
async function waitsOf(options, where) {
  return [...(await polledWaits(options, where)), ...(await tokenWaits(options, where))];
}

export async function polledWaits({ place, ask, seconds, say, first, orders = RATE }, where) {
  const polled = await withoutToken({ place, ask, seconds, first, orders });
  say(`asking again and again: ${polled.seen} of ${polled.waits.length} orders seen`);
  return [
    figure(`orders placed while asking again and again${where}`, polled.rate, '/s'),
    figure(`201 to visible, asking again and again${where}, p50`, percentile(polled.waits, 50), 'ms'),
    figure(`201 to visible, asking again and again${where}, p99`, percentile(polled.waits, 99), 'ms', { most: 500 }),
  ];
}

export async function tokenWaits({ place, ask, seconds, say, orders = RATE }, where) {
  const tokened = await withToken({ place, ask, seconds, orders });
  say(`asking with tokens: ${tokened.seen} of ${tokened.waits.length} orders seen`);
  return [
    figure(`orders placed while asking with tokens${where}`, tokened.rate, '/s'),
    figure(`201 to answer with Consistency-Token${where}, p50`, percentile(tokened.waits, 50), 'ms'),
    figure(`201 to answer with Consistency-Token${where}, p99`, percentile(tokened.waits, 99), 'ms', { most: 500 }),
  ];
}

/** Sampled orders go to countries of their own, by which one query after another tells which of them it shows. */
async function withoutToken({ place, ask, seconds, first, orders }) {
  const waiting = new Map();
  const waits = [];
  let placing = true;
  const look = async () => {
    const deadline = () => performance.now() + GIVE_UP_MS;
    for (let until = deadline(); placing || (waiting.size > 0 && performance.now() < until);) {
      if (placing) until = deadline();
      const { rows } = await ask();
      const now = performance.now();
      for (const { key } of rows) {
        if (!waiting.has(key)) continue;
        waits.push(Math.max(0, now - waiting.get(key)));
        waiting.delete(key);
      }
      await pause(POLL_MS);
    }
  };
  const looking = look();
  const every = orders / SAMPLES;
  const rate = await atRate(orders, seconds, async (index) => {
    const sampled = index % every === 0;
    const country = sampled ? COUNTRIES[first + index / every] : 'United Kingdom';
    const { at } = await place(country);
    if (sampled) waiting.set(country, at);
  });
  placing = false;
  await looking;
  const seen = waits.length;
  for (const at of waiting.values()) waits.push(performance.now() - at);
  return { rate, waits, seen };
}

async function withToken({ place, ask, seconds, orders }) {
  const waits = [];
  let seen = 0;
  const rate = await atRate(orders, seconds, async (index) => {
    const { at, token } = await place('United Kingdom');
    if (index % (orders / SAMPLES) !== 0) return;
    // Refused after the five seconds that a read waits.
    const isSeen = await ask({ 'consistency-token': token }).then(
      () => true,
      () => false,
    );
    seen += Number(isSeen);
    waits.push(performance.now() - at);
  });
  return { rate, waits, seen };
}

export async function salesQuery(client) {
  const token = await client.signIn();
  const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const path = `/api/v1/analytics/sales?from=${day(-1)}&to=${day(2)}&grain=month&timezone=Europe/London&by=country`;
  return async (headers) => (await client.request('GET', path, { token, headers })).body;
}

const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
/** One for each order that is looked out for, by its English name: more than two hundred. */
const COUNTRIES = [
  ...new Set(
    [...LETTERS].flatMap((first) => [...LETTERS].map((second) => names.of(first + second))).filter((name) => name && name !== 'United Kingdom'),
  ),
];
