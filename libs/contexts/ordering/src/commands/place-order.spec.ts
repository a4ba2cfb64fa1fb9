import { MemoryAggregates, MemoryReceipts, MemoryStreams } from '@testing/saga-world-store.js';
import type { SellableProduct } from '@contexts/catalog/src/contract/products.js';
import type { Terms } from '../domain/charges.js';
import { orderingEvents, type OrderPlaced } from '../contract/events.js';
import { Orders } from '../orders.js';
import { PlaceOrder, PlaceOrderHandler } from './place-order.js';

const now = () => '2026-11-21T10:00:00.000Z';
const product = (sku: string, of: Partial<SellableProduct> = {}): SellableProduct => ({
  sku,
  name: `a ${sku}`,
  category: 'Things',
  price: { amount: '2.50', currency: 'GBP' },
  sellable: true,
  available: 10,
  ...of,
});
const PRODUCTS = [
  product('MUG'),
  product('PAN', { price: { amount: '10.00', currency: 'GBP' } }),
  product('GIFT', { price: { amount: '0.00', currency: 'GBP' } }),
  product('EURO', { price: { amount: '1.00', currency: 'EUR' } }),
  product('OLD', { sellable: false }),
  product('RARE', { available: 1 }),
];
const CUSTOMERS = [
  { id: 'ada', active: true },
  { id: 'eve', active: false },
];
const none: Terms = { currency: 'GBP', shipping: null, taxRates: {} };
const found = <Item>(items: readonly Item[], key: (item: Item) => string) => ({
  find: async (keys: readonly string[]) => new Map(items.filter((item) => keys.includes(key(item))).map((item) => [key(item), item])),
});

/** What the order that is placed says. */
async function place(command: PlaceOrder, { terms = none, defaultToken = 'tok_default' as string | null } = {}): Promise<OrderPlaced['data']> {
  const streams = new MemoryStreams(orderingEvents, now, () => undefined);
  const handler = new PlaceOrderHandler(
    new Orders(new MemoryAggregates(streams, new MemoryReceipts(true))),
    found(PRODUCTS, ({ sku }) => sku),
    found(CUSTOMERS, ({ id }) => id),
    { name: 'scripted', defaultToken } as never,
    terms,
    { now },
  );
  const { status } = await handler.execute(command);
  expect(status).toBe(201);
  return streams.all()[0]!.data as OrderPlaced['data'];
}
const line = (sku: string, quantity = 1) => ({ sku, quantity });

describe('PlaceOrder', () => {
  it('takes the catalog’s prices, the provider’s default and the clock’s time', async () => {
    expect(await place(new PlaceOrder('ada', 'France', [line('MUG', 2), line('PAN')]))).toMatchObject({
      channel: 'web',
      customerId: 'ada',
      country: 'France',
      currency: 'GBP',
      placedAt: now(),
      payment: { token: 'tok_default' },
      units: 3,
      goodsTotal: '15.00',
      total: '15.00',
      lines: [
        { kind: 'goods', sku: 'MUG', quantity: 2, unitPrice: '2.50', lineTotal: '5.00' },
        { kind: 'goods', sku: 'PAN', quantity: 1, unitPrice: '10.00', lineTotal: '10.00' },
      ],
    });
  });

  it('calls a country by one name, however the customer does', async () => {
    for (const told of ['FR', 'France', ' france ']) expect((await place(new PlaceOrder('ada', told, [line('MUG')]))).country).toBe('France');
  });

  it('adds shipping and tax as lines', async () => {
    const terms = { ...none, shipping: { cost: '4.95', freeFrom: '20' }, taxRates: { FR: '20' } };
    const placed = await place(new PlaceOrder('ada', 'France', [line('PAN')]), { terms });
    expect(placed).toMatchObject({ goodsTotal: '10.00', total: '17.94', lines: [{ kind: 'goods' }, { kind: 'shipping' }, { kind: 'tax' }] });
  });

  it('needs a means of payment where there is something to pay, and only then', async () => {
    expect((await place(new PlaceOrder('ada', 'France', [line('MUG')], 'tok_own'))).payment).toEqual({ token: 'tok_own' });
    await expect(place(new PlaceOrder('ada', 'France', [line('MUG')]), { defaultToken: null })).rejects.toMatchObject({
      code: 'ordering.payment-required',
      kind: 'invalid',
    });
    const free = await place(new PlaceOrder('ada', 'France', [line('GIFT')], 'tok_own'), { defaultToken: null });
    expect([free.payment, free.total]).toEqual([null, '0.00']);
  });

  it.each([
    [
      'a product that there is not',
      ['MUG', 'NONE'],
      { code: 'ordering.product-unknown', kind: 'invalid', details: { errors: [{ field: 'lines.1.sku' }] } },
    ],
    ['two currencies', ['MUG', 'EURO'], { code: 'ordering.currencies-mixed', kind: 'invalid' }],
    ['what is not sold any more', ['OLD'], { code: 'catalog.product-not-sellable', kind: 'conflict', details: { sku: 'OLD' } }],
    [
      'more than there is, over all lines',
      ['RARE', 'MUG', 'RARE'],
      { code: 'catalog.out-of-stock', kind: 'conflict', details: { sku: 'RARE', wanted: 2, available: 1 } },
    ],
  ])('refuses %s', async (_, skus, refusal) => {
    await expect(
      place(
        new PlaceOrder(
          'ada',
          'France',
          skus.map((sku) => line(sku)),
        ),
      ),
    ).rejects.toMatchObject(refusal);
  });

  it.each([
    ['bob', { code: 'ordering.customer-unknown', kind: 'invalid' }],
    ['eve', { code: 'identity.customer-inactive', kind: 'conflict' }],
  ])('refuses an order of %s', async (customer, refusal) => {
    await expect(place(new PlaceOrder(customer, 'France', [line('MUG')]))).rejects.toMatchObject(refusal);
  });
});
