import { Shop, type Person } from '../support/shop-client.js';

interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly field: string }[];
}

describe('analysts’ questions and the operations behind them', () => {
  let shop: Shop;
  let customer: Person;
  let sku: string;
  beforeAll(async () => {
    shop = await Shop.open();
    [customer, sku] = await Promise.all([shop.customer(), shop.product({ amount: '2.555', stock: 40 })]);
    for (let orders = 0; orders < 3; orders++) await customer.post('/orders', { lines: [{ sku, quantity: 2 }], country: 'France' });
  });
  afterAll(() => shop?.close());

  it.each([
    ['from', 'from=yesterday'],
    ['to', 'from=2011-03-02&to=2011-03-01'],
    ['timezone', 'timezone=Mars/Olympus'],
    ['grain', 'grain=fortnight'],
    ['grain', 'from=1980-01-01&to=2020-01-01&grain=minute'],
    ['by', 'by=planet'],
    ['compare', 'compare=next'],
    ['currency', 'currency=pounds'],
    ['colour', 'colour=red'],
  ])('refuses a wrong %s of sales by its name: %s', async (field, query) => {
    const { status, body } = await shop.admin.get<Problem>(`/analytics/sales?${query}`);
    expect([status, body.code, body.errors!.map((error) => error.field)]).toEqual([400, 'request.invalid', [field]]);
  });

  it.each(['by=gross', 'limit=0', 'limit=1.5', 'grain=day'])('refuses a wrong question for the top products: %s', async (query) => {
    expect(await shop.admin.get<Problem>(`/analytics/products/top?${query}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: query.split('=')[0] }] },
    });
  });

  it('answers analysts only', async () => {
    for (const path of ['/analytics/sales', '/analytics/products/top', '/analytics/stock', '/admin/read-models']) {
      expect([path, (await customer.get(path)).status]).toEqual([path, 403]);
    }
    for (const path of ['/admin/audit', '/admin/read-models/sales/rebuild'])
      expect([path, (await customer.post(path, {})).status]).toEqual([path, 403]);
  });

  it('certifies, rebuilds and rolls back over HTTP', async () => {
    expect(await shop.admin.post('/admin/audit', {})).toMatchObject({
      status: 200,
      body: { equal: true, proofs: [{ equal: true }, { equal: true }, { equal: true }] },
    });
    expect(await shop.admin.post('/admin/read-models/sales/rebuild', {})).toMatchObject({ status: 200, body: { from: 1, to: 2, certified: true } });
    expect(await shop.admin.post('/admin/read-models/sales/rollback', {})).toMatchObject({ status: 200, body: { from: 2, to: 1, certified: true } });
    expect(await shop.admin.post('/admin/read-models/weather/rebuild', {})).toMatchObject({ status: 404, body: { code: 'read-model.unknown' } });
  });

  it('tells what was sold, and what is on hand', async () => {
    expect((await shop.admin.get('/analytics/sales?by=product')).body).toMatchObject({
      totals: { orders: 3, units: 6, gross: '15.33', net: '15.33', averageOrderValue: '5.11' },
    });
    expect((await shop.admin.get('/analytics/products/top?by=units')).body).toMatchObject({ rows: [{ sku, units: 6, net: '15.33' }] });
    expect((await shop.admin.get('/analytics/stock')).body).toMatchObject({ items: [{ sku, onHand: 40, historical: 0 }] });
  });
});
