import pg from 'pg';
import { Client, startShop } from './server.mjs';
import { percentile, timed } from './statistics.mjs';
import { figure } from './table.mjs';

const PAGE = 50;

/** Lists of orders over a million of them: an administrator's and a customer's, the first page and a deep one. */
export async function manyOrders({ quick, follow, say }) {
  const [orders, requests] = quick ? [100_000, 100] : [1_000_000, 500];
  const shop = await startShop({ follow });
  try {
    const client = new Client(shop.url);
    const { body: customer } = await client.request('POST', '/api/v1/auth/register', {
      body: { email: 'busy@shop.example', password: 'correct horse battery', name: 'Busy' },
    });
    const { seconds } = await timed(() => fill(shop.databaseUrl, orders, customer.id));
    say(`${orders} orders in ${seconds.toFixed(0)} s`);
    const admin = await client.signIn();
    const own = await client.signIn({ email: 'busy@shop.example', password: 'correct horse battery' });
    const asked = {
      'all, newest first': [admin, ''],
      'one status': [admin, '&status=shipped'],
      "one customer's": [admin, `&customerId=${customer.id}`],
      "one customer's of one status": [admin, `&customerId=${customer.id}&status=delivered`],
      'own, as the customer': [own, ''],
    };
    const figures = [];
    for (const [what, [token, filter]] of Object.entries(asked)) {
      const path = `/api/v1/orders?limit=${PAGE}${filter}`;
      const first = await repeated(client, requests, token, () => path);
      const deep = await paging(client, requests, token, path);
      figures.push(figure(`list of ${orders} orders, ${what}: p50`, percentile(first, 50), 'ms'));
      figures.push(figure(`list of ${orders} orders, ${what}: p99`, percentile(first, 99), 'ms'));
      figures.push(figure(`list of ${orders} orders, ${what}, page after page: p99`, percentile(deep, 99), 'ms'));
    }
    return figures;
  } finally {
    await shop.stop();
  }
}

/** Rows of the list's own table, as orders would leave them: a hundredth of them one customer's. */
async function fill(connectionString, orders, customerId) {
  const database = new pg.Client({ connectionString });
  await database.connect();
  try {
    await database.query(
      `insert into ordering.orders (id, user_id, status, channel, country, currency, total, units, placed_at, version)
       select 'bench-' || n, case when n % 100 = 0 then $2 else 'customer-' || n % 20000 end,
         (array['delivered', 'delivered', 'delivered', 'shipped', 'cancelled'])[1 + n % 5], 'web', 'United Kingdom', 'GBP', 10 + n % 90, 1 + n % 5,
         timestamptz '2025-01-01' + n * interval '20 seconds', 3
       from generate_series(1, $1::int) as n`,
      [orders, customerId],
    );
    await database.query('analyze ordering.orders');
  } finally {
    await database.end();
  }
}

async function repeated(client, times, token, pathOf) {
  const waits = [];
  for (let index = 0; index < times; index++) {
    const { seconds } = await timed(() => client.request('GET', pathOf(), { token }));
    waits.push(seconds * 1_000);
  }
  return waits;
}

/** Follows the cursor from page to page, and begins anew at the end. */
async function paging(client, times, token, path) {
  const waits = [];
  let cursor = '';
  for (let index = 0; index < times; index++) {
    const { result, seconds } = await timed(() => client.request('GET', path + cursor, { token }));
    waits.push(seconds * 1_000);
    cursor = result.body.next ? `&cursor=${encodeURIComponent(result.body.next)}` : '';
  }
  return waits;
}
