import { buy, orderShows, sagaShows, stockShows } from '../support/fulfilment.js';
import { runCli } from '../support/run-cli.js';
import { Shop, type Person } from '../support/shop-client.js';

describe('fulfilment', () => {
  let shop: Shop;
  let customer: Person;
  beforeAll(async () => {
    shop = await Shop.open({ env: { SIMULATED_PAYMENT_DELAY_MS: '300', PAYMENT_DEADLINE_SECONDS: '600' } });
    customer = await shop.customer();
  });
  afterAll(() => shop?.close());

  const one = async (token?: string, { stock = 10, quantity = 2 } = {}) => {
    const sku = await shop.product({ amount: '12.50', stock });
    return { sku, order: await buy(customer, [{ sku, quantity }], token) };
  };

  it('reserves stock, authorises the payment and confirms, without anybody’s doing', async () => {
    const { sku, order } = await one();
    expect(order.status).toBe('confirmed');
    await stockShows(shop, sku, { stock: 8, onHand: 10, reserved: 2 });
    await orderShows(customer, order.id, { payment: { status: 'authorised', authorised: '25.00', captured: '0.00', refunded: '0.00' } });
  });

  it('tells a client that does not wait what it knows: placed', async () => {
    const sku = await shop.product();
    const { status, body } = await customer.post('/orders', { lines: [{ sku, quantity: 1 }], country: 'France' });
    expect([status, body['status']]).toEqual([201, 'placed']);
    await orderShows(customer, String(body['id']), { status: 'confirmed' });
  });

  it('ships by parcel, takes the money with the first and is done with the last', async () => {
    const [first, second] = [await shop.product({ amount: '3.00' }), await shop.product({ amount: '4.00' })];
    const lines = [first, second].map((sku) => ({ sku, quantity: 2 }));
    const { id } = await buy(customer, lines);
    const ship = (body: object) => shop.admin.post(`/orders/${id}/ship`, body);
    expect((await ship({ parcelId: 'p1', lines: [{ sku: first, quantity: 2 }] })).body['status']).toBe('partially-shipped');
    await orderShows(customer, id, { payment: { status: 'captured', captured: '14.00' } });
    expect((await customer.post(`/orders/${id}/cancel`, {})).body['code']).toBe('ordering.order-not-cancellable');
    expect((await ship({ parcelId: 'p2', lines: [{ sku: first, quantity: 1 }] })).status).toBe(409);
    expect((await ship({ parcelId: 'p2' })).body['status']).toBe('shipped');
    await sagaShows(shop, 'fulfilment', id, { status: 'ended', outcome: 'completed', remaining: [] });
    for (const sku of [first, second]) await stockShows(shop, sku, { stock: 9_998, onHand: 9_998, reserved: 0 });
  });

  it('gives back the rest that cannot be sent, goods and money, and is done with what went out', async () => {
    const [first, second] = [await shop.product({ amount: '3.00', stock: 10 }), await shop.product({ amount: '4.00', stock: 10 })];
    const lines = [first, second].map((sku) => ({ sku, quantity: 2 }));
    const { id } = await buy(customer, lines);
    await shop.admin.post(`/orders/${id}/ship`, { parcelId: 'p1', lines: [{ sku: first, quantity: 1 }] });
    expect((await customer.post(`/orders/${id}/cancel-remainder`)).status).toBe(403);
    const { status, body } = await shop.admin.post(`/orders/${id}/cancel-remainder`, { reason: 'broken in the warehouse' });
    expect([status, body['status']]).toEqual([200, 'shipped']);
    await sagaShows(shop, 'fulfilment', id, { status: 'ended', outcome: 'completed', remaining: [] });
    await orderShows(customer, id, { payment: { status: 'partially-refunded', captured: '14.00', refunded: '11.00' } });
    await stockShows(shop, first, { stock: 9, onHand: 9, reserved: 0 });
    await stockShows(shop, second, { stock: 10, onHand: 10, reserved: 0 });
    expect((await shop.admin.post(`/orders/${id}/deliver`)).body['status']).toBe('delivered');
    // Its credit note starts no workflow of its own, or the money would be given back by two.
    expect((await shop.admin.get(`/admin/sagas/return/remainder-${id}`)).status).toBe(404);
  });

  it('cancels what the customer cannot pay, and gives the stock back', async () => {
    const { sku, order } = await one('tok_decline');
    expect(order.status).toBe('cancelled');
    await sagaShows(shop, 'fulfilment', order.id, { status: 'ended', outcome: 'cancelled' });
    await stockShows(shop, sku, { stock: 10, onHand: 10, reserved: 0 });
    await orderShows(customer, order.id, { payment: { status: 'declined', authorised: '0.00' } });
  });

  it.each(['tok_late', 'tok_duplicate_callback', 'tok_out_of_order'])('confirms once the provider has called back: %s', async (token) => {
    const { sku, order } = await one(token);
    expect(order.status).toBe('confirmed');
    await orderShows(customer, order.id, { payment: { status: 'authorised', authorised: '25.00' } });
    await stockShows(shop, sku, { stock: 8, onHand: 10, reserved: 2 });
  });

  it('gives back what the provider took after the order was cancelled', async () => {
    const sku = await shop.product({ amount: '12.50', stock: 5 });
    const payment = { token: 'tok_timeout_then_capture' };
    const { body } = await customer.post('/orders', { lines: [{ sku, quantity: 1 }], country: 'France', payment });
    const id = String(body['id']);
    // Not before the provider was asked, or there would be nothing to give back.
    await orderShows(customer, id, { payment: { status: expect.stringMatching(/pending|captured/) } });
    expect((await customer.post(`/orders/${id}/cancel`, { reason: 'changed my mind' })).status).toBe(200);
    await sagaShows(shop, 'fulfilment', id, { status: 'ended', outcome: 'cancelled' });
    await orderShows(customer, id, { status: 'cancelled', payment: { captured: '12.50', refunded: '12.50' } });
    await stockShows(shop, sku, { stock: 5, onHand: 5, reserved: 0 });
  });

  it('refuses early what is not there', async () => {
    const sku = await shop.product({ stock: 1 });
    const { status, body } = await customer.post('/orders', { lines: [{ sku, quantity: 2 }], country: 'France' });
    expect([status, body['code']]).toEqual([409, 'catalog.out-of-stock']);
  });

  it('takes goods back: restocked, refunded and in the sales figures', async () => {
    const { sku, order } = await one(undefined, { quantity: 4 });
    await shop.admin.post(`/orders/${order.id}/ship`, {});
    await shop.admin.post(`/orders/${order.id}/deliver`);
    const asked = await customer.post(`/orders/${order.id}/returns`, { lines: [{ sku, quantity: 1 }], reason: 'too small' });
    expect(asked.status).toBe(201);
    const returnId = String(asked.body['id'] ?? asked.body['returnId']);
    expect((await customer.post(`/orders/${order.id}/returns`, { lines: [{ sku, quantity: 4 }], reason: 'all of it' })).status).toBe(409);
    expect((await shop.admin.post(`/orders/${order.id}/returns/${returnId}/receive`)).status).toBe(200);
    await orderShows(customer, order.id, { payment: { captured: '50.00', refunded: '12.50' } });
    await sagaShows(shop, 'return', returnId, { status: 'ended' });
    await stockShows(shop, sku, { stock: 7, onHand: 7, reserved: 0 });
  });

  it('lets operators look at workflows, and nobody else; what rests or is over is not skipped', async () => {
    const { order } = await one();
    const path = `/admin/sagas/fulfilment/${order.id}`;
    await sagaShows(shop, 'fulfilment', order.id, { status: 'resting', step: 'ship-order' });
    expect((await customer.get('/admin/sagas')).status).toBe(403);
    expect((await customer.post(`${path}/compensate`, { reason: 'mine' })).status).toBe(403);
    const listed = await shop.admin.get<{ items: object[] }>(`/admin/sagas?orderId=${order.id}`);
    expect(listed.body.items).toMatchObject([{ saga: 'fulfilment', id: order.id, status: 'resting', stuck: false }]);
    const skip = (body: object) => shop.admin.post(`${path}/skip`, body);
    expect((await skip({ reason: 'no step' })).status).toBe(400);
    expect((await skip({ step: 'reserve-stock', reason: 'gone by' })).body['code']).toBe('saga.moved-on');
    expect((await skip({ step: 'ship-order', reason: 'impatient' })).body['code']).toBe('saga.not-stuck');
    expect((await shop.admin.post(`${path}/retry`)).body['code']).toBe('saga.nothing-to-retry');
    expect((await shop.admin.post(`${path}/compensate`, { reason: 'the house burnt down' })).status).toBe(200);
    await sagaShows(shop, 'fulfilment', order.id, { status: 'ended', outcome: 'cancelled' });
    await orderShows(customer, order.id, { status: 'cancelled', payment: { status: 'voided' } });
    expect((await shop.admin.get('/admin/sagas/fulfilment/nobody')).status).toBe(404);
  });

  it('sells the last hundred to a hundred of 256 clients', async () => {
    const sku = await shop.product({ stock: 100 });
    const placed = await Promise.all(
      Array.from({ length: 256 }, () => customer.post('/orders', { lines: [{ sku, quantity: 1 }], country: 'France' }, { prefer: 'wait=30' })),
    );
    const outcomes = placed.map(({ status, body }) => (status === 201 ? body['status'] : body['code']));
    expect(outcomes.filter((outcome) => outcome === 'confirmed')).toHaveLength(100);
    expect(new Set(outcomes)).toEqual(
      new Set(['confirmed', ...outcomes.filter((outcome) => outcome === 'cancelled' || outcome === 'catalog.out-of-stock')]),
    );
    await stockShows(shop, sku, { stock: 0, onHand: 100, reserved: 100 });
  });

  it('leaves figures that can be proved', async () => {
    const audit = await runCli(shop.server, 'audit', '--json');
    expect(audit.json<object>()).toMatchObject({ equal: true });
  });
});
