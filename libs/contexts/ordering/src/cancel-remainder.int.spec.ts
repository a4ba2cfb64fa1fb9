import type { SellableProduct } from '@contexts/catalog/src/contract/products.js';
import { orderingApp, type OrderingAppUnderTest } from '@testing/ordering-app.js';

const product = (sku: string, amount: string): SellableProduct => ({
  sku,
  name: sku,
  category: 'Things',
  price: { amount, currency: 'GBP' },
  sellable: true,
  available: 50,
});
const terms = { currency: 'GBP', shipping: { cost: '4.95', freeFrom: '50' }, taxRates: { '*': '20' } };

let shop: OrderingAppUnderTest;
type Caller = Awaited<ReturnType<OrderingAppUnderTest['as']>>;
let [ada, admin]: Caller[] = [] as never;
beforeAll(async () => {
  shop = await orderingApp({ products: [product('MUG', '2.50'), product('PAN', '10.00')], customers: ['ada'], terms });
  [ada, admin] = await Promise.all([shop.as('ada', 'customer'), shop.as('boss', 'admin')]);
});
afterAll(() => shop.close());

const lines = [
  { sku: 'MUG', quantity: 3 },
  { sku: 'PAN', quantity: 1 },
];
const step = (id: string, path: string, body?: object, headers?: Record<string, string>) => admin!.post(`/orders/${id}/${path}`, body, headers);
const code = ({ status, body }: Awaited<ReturnType<Caller['get']>>) => [status, body['code']];
const confirmed = async (): Promise<string> => {
  const id = String((await ada!.post('/orders', { lines, country: 'France' })).body['id']);
  expect((await step(id, 'confirm')).status).toBe(200);
  return id;
};
/** One mug has gone out: two mugs and a pan have not. */
const partly = async (): Promise<string> => {
  const id = await confirmed();
  expect((await step(id, 'ship', { parcelId: 'p1', lines: [{ sku: 'MUG', quantity: 1 }] })).body).toMatchObject({ version: 3 });
  return id;
};
const history = async (id: string) => (await shop.orders.repository.history(id)).map(({ type, data }) => ({ type, data }));

describe('an order of which the rest cannot be sent', () => {
  it('has shipped with what went out, and the rest is credited with its tax, without shipping', async () => {
    const id = await partly();
    const { status, headers, body } = await step(id, 'cancel-remainder', { reason: 'broken in the warehouse' });
    expect([status, headers['etag'], body]).toEqual([200, '"5"', { id, status: 'shipped', total: { amount: '26.94', currency: 'GBP' }, version: 5 }]);
    const value = { units: 3, goodsTotal: '15.00', total: '18.00', reason: 'broken in the warehouse', customerId: 'ada', country: 'France' };
    const reversed = [
      { kind: 'goods', sku: 'MUG', quantity: 2, category: 'Things', unitPrice: '2.50', lineTotal: '5.00' },
      { kind: 'goods', sku: 'PAN', quantity: 1, lineTotal: '10.00' },
      { kind: 'tax', lineTotal: '3.00' },
    ];
    expect((await history(id)).slice(3)).toMatchObject([
      { type: 'ordering.OrderRemainderCancelled', data: { orderId: id, ...value, lines: reversed } },
      { type: 'ordering.CreditNoteRecorded', data: { creditNoteId: `remainder-${id}`, orderId: id, ...value, lines: reversed } },
    ]);
    expect((await admin!.get('/orders?status=shipped&limit=1')).body['items']).toMatchObject([{ id, status: 'shipped', version: 5 }]);
  });

  it('is delivered, and only what went out can come back', async () => {
    const id = await partly();
    await step(id, 'cancel-remainder');
    expect((await history(id))[3]).toMatchObject({ data: { reason: 'not available' } });
    expect(code(await step(id, 'ship'))).toEqual([409, 'ordering.order-not-shippable']);
    expect(code(await step(id, 'cancel', {}))).toEqual([409, 'ordering.order-not-cancellable']);
    expect((await step(id, 'deliver')).body).toMatchObject({ status: 'delivered' });
    const back = (quantity: number) => ada!.post(`/orders/${id}/returns`, { lines: [{ sku: 'MUG', quantity }], reason: 'chipped' });
    expect(code(await back(2))).toEqual([409, 'ordering.return-exceeds-order']);
    expect((await back(1)).body).toMatchObject({ total: { amount: '3.00' } });
    expect(code(await step(id, 'credit-notes', { lines: [{ sku: 'PAN', quantity: 1 }], reason: 'sorry' }))).toEqual([
      409,
      'ordering.credit-exceeds-order',
    ]);
  });

  it('has no remainder before a part of it went out, nor after, and says what to do instead', async () => {
    const id = await confirmed();
    const early = await step(id, 'cancel-remainder');
    expect([code(early), early.body['detail']]).toEqual([
      [409, 'ordering.remainder-not-cancellable'],
      'Nothing of the order has shipped: cancel it instead',
    ]);
    await step(id, 'ship');
    expect(code(await step(id, 'cancel-remainder'))).toEqual([409, 'ordering.remainder-not-cancellable']);
    expect(code(await step('nobody', 'cancel-remainder'))).toEqual([404, 'ordering.order-not-found']);
  });

  it('is a manager’s business, who gives a reason or none', async () => {
    const id = await partly();
    expect(code(await ada!.post(`/orders/${id}/cancel-remainder`))).toEqual([403, 'auth.forbidden']);
    for (const body of [{ reason: '' }, { reason: 7 }, { reason: 'x'.repeat(201) }, { lines: [] }])
      expect(code(await step(id, 'cancel-remainder', body))).toEqual([400, 'request.invalid']);
  });

  it('is cancelled once for a key, and only as the caller has seen it', async () => {
    const id = await partly();
    expect(code(await step(id, 'cancel-remainder', {}, { 'if-match': '"2"' }))).toEqual([412, 'concurrency.stale-version']);
    const key = { 'idempotency-key': `k-${id}`, 'if-match': '"3"' };
    const first = await step(id, 'cancel-remainder', {}, key);
    const again = await step(id, 'cancel-remainder', {}, key);
    expect([first.status, again.status, again.headers['idempotent-replayed'], again.body]).toEqual([200, 200, 'true', first.body]);
    expect(code(await step(id, 'cancel-remainder'))).toEqual([409, 'ordering.remainder-not-cancellable']);
  });

  it('is cancelled or goes out with the last parcel, never both: its stream decides', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await partly();
      const [sent, dropped] = await Promise.all([step(id, 'ship', { parcelId: 'p2' }), step(id, 'cancel-remainder')]);
      expect([sent!.status, dropped!.status].toSorted()).toEqual([200, 409]);
      const types = (await history(id)).slice(3).map(({ type }) => type);
      const expected = sent!.status === 200 ? ['ordering.OrderShipped'] : ['ordering.OrderRemainderCancelled', 'ordering.CreditNoteRecorded'];
      expect(types).toEqual(expected);
    }
  });
});

it('went through without an error of our own', () => expect(shop.logged).toEqual([]));
