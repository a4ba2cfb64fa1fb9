import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { built, openStores } from './engines.mjs';
import { numbers, orderData, seedOrders } from './orders.mjs';
import { inParallel, median } from './statistics.mjs';
import { figure } from './table.mjs';

const CONNECTIONS = 20;

/**
 * One-event commands through the event store, against a bare loop that runs the same named statement on a pool of its own, its
 * values bound before the clock runs. The two take turns, so that both meet the same weather; the ratio is the turns' median.
 */
export async function append({ quick, follow, say }) {
  const sizes = quick ? { commands: 1_500, rounds: 3, events: 5_000 } : { commands: 3_000, rounds: 7, events: 30_000 };
  const shop = await openStores({ follow });
  const pool = new pg.Pool({ connectionString: shop.url, max: CONNECTIONS });
  try {
    await turns(shop, pool, { ...sizes, rounds: 1 });
    const figures = [];
    for (const [label, events, seed] of [
      [`over ${sizes.events} events`, sizes.events, 1],
      [`over ${sizes.events * 10} events`, sizes.events * 9, 2],
    ]) {
      await seedOrders(shop, events, seed);
      const { store, bare, ratio } = await turns(shop, pool, sizes);
      say(`${label}: event store ${Math.round(store)}/s, bare loop ${Math.round(bare)}/s`);
      figures.push(
        figure(`append, event store, ${label}`, store, '/s'),
        figure(`append, bare loop, ${label}`, bare, '/s'),
        figure(`append, event store / bare loop, ${label}`, ratio, 'ratio', { least: 0.8 }),
      );
    }
    return figures;
  } finally {
    await pool.end();
    await shop.close();
  }
}

async function turns(shop, pool, { commands, rounds }) {
  const { appendStatement } = await built('libs/adapters/event-store/src/append-statement.js');
  const store = shop.stores.store('ordering');
  const rates = { store: [], bare: [], ratio: [] };
  for (let round = 0; round < rounds; round++) {
    const requests = placements(commands, 2 * round);
    const statements = placements(commands, 2 * round + 1).map((request) =>
      appendStatement('ordering', request, bound(request), shop.scope.current(), []),
    );
    const viaStore = async () =>
      commands /
      (await inParallel(
        CONNECTIONS,
        requests.map((request) => () => store.append(request)),
      ));
    const bareLoop = async () =>
      commands /
      (await inParallel(
        CONNECTIONS,
        statements.map(
          ({ statement, values }) =>
            () =>
              pool.query({ ...statement, values }),
        ),
      ));
    const storeFirst = round % 2 === 0;
    const first = await (storeFirst ? viaStore : bareLoop)();
    const second = await (storeFirst ? bareLoop : viaStore)();
    const [a, b] = storeFirst ? [first, second] : [second, first];
    rates.store.push(a);
    rates.bare.push(b);
    rates.ratio.push(a / b);
  }
  return { store: median(rates.store), bare: median(rates.bare), ratio: median(rates.ratio) };
}

/** Orders of two lines, each placed by the first event of its stream. */
function placements(count, seed) {
  const draw = numbers(seed);
  return Array.from({ length: count }, () => {
    const { lines, ...order } = orderData(draw, 2);
    const worth = { units: 2, goodsTotal: '1.00', total: '1.00' };
    const data = { ...order, channel: 'web', payment: null, lines: lines.map((line) => ({ ...line, lineTotal: line.unitPrice })), ...worth };
    return { streams: [{ stream: `order-${order.orderId}`, expectedVersion: 0, events: [{ type: 'ordering.OrderPlaced', version: 2, data }] }] };
  });
}

/** What the store would bind for a request. */
const bound = ({ streams: [{ stream, events }] }) =>
  events.map(({ type, version, data }) => ({
    id: randomUUID(),
    stream,
    streamVersion: 1,
    type,
    version,
    data: JSON.stringify(data),
    occurredAt: new Date().toISOString(),
  }));
