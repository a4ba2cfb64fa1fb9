import type { SellableProduct } from '@contexts/catalog/src/contract/products.js';
import { eventually } from '@testing/eventually.js';
import { orderingApp, type OrderingAppUnderTest } from '@testing/ordering-app.js';
import { CommandBus } from '@nestjs/cqrs';
import { ImportOrders } from './commands/import-history.js';

const product = (sku: string, amount: string): SellableProduct => ({
  sku,
  name: sku,
  category: 'Things',
  price: { amount, currency: 'GBP' },
  sellable: true,
  available: 5,
});
const terms = { currency: 'GBP', shipping: { cost: '4.95', freeFrom: '50' }, taxRates: { '*': '20' } };

let shop: OrderingAppUnderTest;
type Caller = Awaited<ReturnType<OrderingAppUnderTest['as']>>;
let [ada, eve, admin]: Caller[] = [] as never;
beforeAll(async () => {
  shop = await orderingApp({ products: [product('MUG', '2.50'), product('PAN', '10.00')], customers: ['ada', 'bob', 'eve'], terms });
  [ada, eve, admin] = await Promise.all([shop.as('ada', 'customer'), shop.as('eve', 'customer'), shop.as('boss', 'admin')]);
});
afterAll(() => shop.close());

const order = { lines: [{ sku: 'MUG', quantity: 3 }], country: 'France' };
const place = async (of: object = order) => String((await ada!.post('/orders', of)).body['id']);
const step = (id: string, path: string, body?: object, headers?: Record<string, string>) => admin!.post(`/orders/${id}/${path}`, body, headers);
const code = ({ status, body }: Awaited<ReturnType<Caller['get']>>) => [status, body['code']];

describe('an order that is placed', () => {
  it('costs what the shop asks, and shows it by line', async () => {
    const { status, body } = await ada!.post('/orders', order);
    expect([status, body]).toEqual([201, { id: expect.any(String), status: 'placed', total: { amount: '14.94', currency: 'GBP' }, version: 1 }]);
    expect((await ada!.get(`/orders/${body['id']}`)).body).toMatchObject({
      ...body,
      units: 3,
      lines: [
        { kind: 'goods', sku: 'MUG', lineTotal: '7.50' },
        { kind: 'shipping', lineTotal: '4.95' },
        { kind: 'tax', name: 'Tax 20%', lineTotal: '2.49' },
      ],
      parcels: [],
      returns: [],
      payment: { status: 'none', authorised: '0.00', captured: '0.00', refunded: '0.00', failure: null },
      cancellation: null,
    });
  });

  it('is paid with the token that it names', async () => {
    const id = await place({ ...order, payment: { token: 'tok_own' } });
    expect((await shop.orders.repository.load(id)).state).toMatchObject({ payment: { token: 'tok_own' } });
    const bad = [null, { token: '' }, { token: 'with space' }, {}, 'tok', { token: 'tok', card: '4111' }];
    for (const payment of bad) expect(code(await ada!.post('/orders', { ...order, payment }))).toEqual([400, 'request.invalid']);
    expect((await ada!.post('/orders', order)).status).toBe(201);
  });

  it('is refused early where stock looks short, with the figures', async () => {
    const { status, body } = await ada!.post('/orders', { ...order, lines: [order.lines[0], order.lines[0]] });
    expect([status, body]).toEqual([409, expect.objectContaining({ code: 'catalog.out-of-stock', sku: 'MUG', wanted: 6, available: 5 })]);
  });
});

describe('an answer that waits', () => {
  const prefer = { prefer: 'wait=20' };
  /** The one order that the caller's request under way has placed. */
  const orderOf = (caller: Caller) =>
    eventually(async () => {
      const [placed] = (await caller.get('/orders')).body['items'] as { id: string }[];
      expect(placed).toBeDefined();
      return placed!.id;
    });

  it('comes with the confirmation, and with a token that covers it', async () => {
    const bob = await shop.as('bob', 'customer');
    const waiting = bob.post('/orders', order, { ...prefer, 'idempotency-key': 'k-1' });
    const id = await orderOf(bob);
    expect(shop.waits).toEqual([]);
    await step(id, 'confirm');
    const { status, headers, body } = await waiting;
    expect([status, body['status'], body['version'], headers['etag'], headers['preference-applied']]).toEqual([
      201,
      'confirmed',
      2,
      '"2"',
      'wait=20',
    ]);
    const [, confirmed] = await shop.orders.repository.history(id);
    expect(headers['consistency-token']).toBe(`ordering=${confirmed!.id}`);
    await eventually(async () => expect(shop.waits).toEqual([expect.any(Number)]));

    await step(id, 'ship');
    const replay = await bob.post('/orders', order, { ...prefer, 'idempotency-key': 'k-1' });
    expect([replay.status, replay.headers['idempotent-replayed'], replay.body]).toEqual([201, 'true', { ...body, status: 'shipped', version: 3 }]);
    const asItWas = await bob.post('/orders', order, { 'idempotency-key': 'k-1' });
    expect([asItWas.body['status'], asItWas.headers['preference-applied']]).toEqual(['placed', undefined]);
  });

  it('says why an order was cancelled', async () => {
    const waiting = eve!.post('/orders', order, prefer);
    await step(await orderOf(eve!), 'cancel', { reason: 'payment.declined' });
    expect((await waiting).body).toMatchObject({ status: 'cancelled', reason: 'payment.declined' });
  });

  it('comes as things stand when the time is up, and at once where it was refused', async () => {
    const { headers, body } = await ada!.post('/orders', order, { prefer: 'wait=0' });
    expect([body['status'], headers['preference-applied'], headers['etag']]).toEqual(['placed', 'wait=0', '"1"']);
    expect((await ada!.post('/orders', { ...order, lines: [] }, prefer)).status).toBe(400);
  });
});

describe('an order that its workflow has not secured', () => {
  afterEach(() => Object.assign(shop.workflow, { status: 'resting', step: 'ship-order' }));

  it('is neither confirmed nor sent off, and says what it waits for and what to do', async () => {
    const id = await place();
    Object.assign(shop.workflow, { status: 'running', step: 'authorise-payment' });
    const { status, body } = await step(id, 'confirm');
    expect([status, body]).toEqual([409, expect.objectContaining({ code: 'ordering.order-not-secured', orderId: id, awaits: 'authorise-payment' })]);
    expect(body['detail']).toContain(`/admin/sagas/fulfilment/${id}`);
    expect(code(await step(id, 'ship'))).toEqual([409, 'ordering.order-not-shippable']);
    Object.assign(shop.workflow, { status: 'running', step: 'confirm-order' });
    expect((await step(id, 'confirm')).body).toMatchObject({ status: 'confirmed' });
    expect(code(await step(id, 'confirm'))).toEqual([409, 'ordering.order-not-confirmable']);
    // The provider lets go of the money, and the order is being undone.
    Object.assign(shop.workflow, { status: 'compensating', step: 'cancel-order' });
    expect(code(await step(id, 'ship'))).toEqual([409, 'ordering.order-not-secured']);
  });
});

describe('an order’s life', () => {
  it('goes out in parcels, is delivered, and comes back in part', async () => {
    const id = await place({ ...order, lines: [...order.lines, { sku: 'PAN', quantity: 1 }] });
    await step(id, 'confirm');
    const first = await step(id, 'ship', { parcelId: 'p1', lines: [{ sku: 'MUG', quantity: 2 }] });
    expect(first.body).toMatchObject({ status: 'partially-shipped', parcelId: 'p1' });
    expect(code(await step(id, 'ship', { parcelId: 'p1' }))).toEqual([409, 'ordering.parcel-exists']);
    expect(code(await step(id, 'ship', { lines: [{ sku: 'MUG', quantity: 2 }] }))).toEqual([409, 'ordering.shipment-exceeds-order']);
    expect(code(await step(id, 'deliver'))).toEqual([409, 'ordering.order-not-deliverable']);
    expect((await admin!.get('/orders?status=partially-shipped')).body['items']).toMatchObject([{ id }]);
    expect((await step(id, 'ship')).body).toMatchObject({ status: 'shipped', parcelId: expect.any(String) });
    expect((await step(id, 'deliver')).body).toMatchObject({ status: 'delivered' });

    expect(code(await eve!.post(`/orders/${id}/returns`, { reason: 'mine now' }))).toEqual([404, 'ordering.order-not-found']);
    const asked = await ada!.post(`/orders/${id}/returns`, { lines: [{ sku: 'MUG', quantity: 1 }], reason: 'chipped' });
    const returnId = String(asked.body['id']);
    expect([asked.status, asked.body]).toEqual([
      201,
      expect.objectContaining({ orderId: id, status: 'requested', total: { amount: '3.00', currency: 'GBP' } }),
    ]);
    expect(code(await ada!.post(`/orders/${id}/returns/${returnId}/receive`))).toEqual([403, 'auth.forbidden']);
    expect(code(await step(id, 'returns/none/receive'))).toEqual([404, 'ordering.return-not-found']);
    expect((await step(id, `returns/${returnId}/receive`)).body).toMatchObject({ id: returnId, status: 'received' });
    expect(code(await step(id, `returns/${returnId}/reject`, { reason: 'worn' }))).toEqual([409, 'ordering.return-not-rejectable']);

    const { body } = await ada!.get(`/orders/${id}`);
    expect(body).toMatchObject({
      parcels: [
        { id: 'p1', lines: [{ sku: 'MUG', quantity: 2 }] },
        {
          lines: [
            { sku: 'MUG', quantity: 1 },
            { sku: 'PAN', quantity: 1 },
          ],
        },
      ],
      returns: [{ id: returnId, status: 'received', reason: 'chipped', total: { amount: '3.00', currency: 'GBP' } }],
    });
    expect((await ada!.get(`/orders/${id}?version=3`)).body).not.toHaveProperty('payment');
  });

  it('is listed by customer, status and time of placement', async () => {
    const before = new Date().toISOString();
    const id = await place();
    const after = new Date(Date.now() + 1).toISOString();
    const listed = async (query: string) => ((await admin!.get(`/orders?${query}`)).body['items'] as { id: string }[]).map((each) => each.id);
    expect(await listed(`customerId=ada&status=placed&from=${before}&to=${after}`)).toEqual([id]);
    expect(await listed(`from=${after}`)).toEqual([]);
    expect(await listed(`to=${before}`)).not.toContain(id);
    expect(await listed(`to=${after}&limit=1`)).toEqual([id]);
    expect(await listed('customerId=nobody')).toEqual([]);
    expect(code(await admin!.get('/orders?from=yesterday'))).toEqual([400, 'request.invalid']);
  });
});

it('shows what a past system sold as goods, delivered, with nothing to be paid', async () => {
  const lines = [{ sku: 'OLD', name: 'Old', category: 'Things', quantity: 2, unitPrice: '1.50' }];
  const of = { customerId: '17850', country: 'France', currency: 'GBP', lines };
  const documents = [
    { kind: 'order' as const, idempotencyKey: 'o', invoiceNo: '536365', at: '2010-12-01T08:26:00.000Z', ...of },
    { kind: 'credit-note' as const, idempotencyKey: 'c', invoiceNo: 'C536365', at: '2010-12-02T08:26:00.000Z', ...of },
  ];
  const { results } = await shop.app.get(CommandBus).execute(new ImportOrders(documents));
  expect(results.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['created', 'created']);
  const { body } = await admin!.get('/orders/536365');
  expect(body).toMatchObject({ status: 'delivered', channel: 'import', payment: null, lines: [{ kind: 'goods', sku: 'OLD', lineTotal: '3.00' }] });
});

it('went through without an error of our own', () => expect(shop.logged).toEqual([]));
