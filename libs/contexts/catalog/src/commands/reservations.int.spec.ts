import { CommandBatch, type Delivery } from '@adapters/event-store/src/sagas/command-batch.js';
import { testCatalog, type TestCatalog } from '@testing/catalog.js';
import { MemoryInbox } from '@testing/saga-world-outbox.js';
import { ReleaseStockInbox } from './release-stock.js';
import { ReserveStockInbox } from './reserve-stock.js';

const done = () => ({ status: 200, body: null });
const CORRELATION = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('orders that reserve in batches, over Postgres', () => {
  let shop: TestCatalog;
  const inbox = new MemoryInbox();
  beforeAll(async () => {
    shop = await testCatalog();
    for (const Inbox of [ReserveStockInbox, ReleaseStockInbox]) new Inbox(inbox, shop.catalog).onModuleInit();
    for (const [sku, quantity] of [
      ['MUG', 100],
      ['LAMP', 10_000],
    ] as const) {
      await shop.catalog.stock.execute(sku, { type: 'ReceiveStock', data: { sku, quantity, reason: 'received' } }, done);
    }
  });
  afterAll(() => shop?.close());

  const runner = () => new CommandBatch(shop.store, shop.registry, (name) => inbox.handlers.get(`catalog.${name}`));
  function command(name: 'ReserveStock' | 'ReleaseStock', orderId: string, more: object): Delivery {
    const lines = [
      { sku: 'LAMP', quantity: 1 },
      { sku: 'MUG', quantity: 1 },
    ];
    const from = { actor: null, correlationId: CORRELATION, causationId: null, traceparent: null };
    const saga = { context: 'ordering', name: 'fulfilment', id: orderId };
    return {
      command: { ...from, id: `${orderId}/${name}`, name, saga, data: { orderId, lines, ...more } },
      attempts: 1,
      answer: { fact: undefined },
    };
  }
  const reserve = (order: string) => command('ReserveStock', order, { expiresAt: '2026-11-21T12:00:00.000Z' });
  const release = (order: string) => command('ReleaseStock', order, { reason: 'cancelled' });
  const row = (sku: string) => shop.ask(`select on_hand, reserved, low, in_stock from catalog.stock where sku = '${sku}'`);

  it('get the last hundred a hundred times, whoever else is at it, and leave nothing set apart for the others', async () => {
    const orders = Array.from({ length: 256 }, (_, index) => `o-${index}`);
    // Each batch at two runners at once, as after a lease that ran out.
    const batches = [0, 64, 128, 192].flatMap((from) => {
      const batch = orders.slice(from, from + 64).map(reserve);
      return [runner().carryOut(batch), runner().carryOut(batch)];
    });
    const fates = (await Promise.all(batches)).flatMap((each) => [...each.values()]);
    expect(fates.filter((fate) => typeof fate === 'object')).toEqual([]);
    const told = await shop.ask(
      `select type, count(*)::int as n from catalog.event where type like 'catalog.StockReservation%' group by type order by type`,
    );
    expect(told).toEqual([
      { type: 'catalog.StockReservationMade', n: 100 },
      { type: 'catalog.StockReservationRefused', n: 156 },
    ]);
    expect(await row('MUG')).toEqual([{ on_hand: 100, reserved: 100, low: true, in_stock: false }]);
    expect(await row('LAMP')).toEqual([{ on_hand: 10_000, reserved: 100, low: false, in_stock: true }]);
    expect(await shop.ask(`select type from catalog.event where type = 'catalog.StockRanLow'`)).toHaveLength(1);

    await runner().carryOut(orders.map(release));
    expect(await row('MUG')).toEqual([{ on_hand: 100, reserved: 0, low: false, in_stock: true }]);
    expect(await row('LAMP')).toEqual([{ on_hand: 10_000, reserved: 0, low: false, in_stock: true }]);
  });

  it('are refused in the same batch that gave back before them', async () => {
    await runner().carryOut([release('late'), reserve('late')]);
    const { state } = await shop.catalog.reservations.load('late');
    expect(state).toEqual({ status: 'released', answered: true, held: [], parcels: [], reduced: false });
    expect(await row('MUG')).toMatchObject([{ reserved: 0 }]);
  });
});
