import { ApiShop } from './api-shop.js';
import { COMMANDS, type Prepared } from './commands.js';

let shop: ApiShop;
beforeAll(async () => {
  shop = await ApiShop.open();
});
afterAll(() => shop?.close());

const declaring = Object.entries(COMMANDS);

const send = (route: string, { by, path, body }: Prepared, ifMatch: string) => by.ask(route.split(' ')[0]!, path, body, { 'if-match': ifMatch });

/** The version of an ETag, with another number or another form. */
const versionOf = (etag: string): number => Number(/^"(\d+)/.exec(etag)![1]);
const stale = (etag: string): string => etag.replace(/\d+/, String(versionOf(etag) + 1));

it('is tried with every operation of the document that declares it', async () => {
  const documented = (await shop.operations()).filter(({ parameters }) => parameters.some(({ name }) => name === 'If-Match'));
  expect(declaring.map(([route]) => route).toSorted()).toEqual(documented.map(({ name }) => name).toSorted());
});

describe.each(declaring)('the If-Match of %s', (route, { prepare, answers }) => {
  it('lets nothing happen but what was decided on the version that there is', async () => {
    const prepared = await prepare(shop);
    const before = await prepared.effect();
    for (const old of [stale(prepared.etag), `"${versionOf(prepared.etag) + 7}"`, `"${versionOf(prepared.etag) + 1}.digest"`]) {
      const refused = await send(route, prepared, old);
      expect([refused.status, refused.body]).toEqual([
        412,
        expect.objectContaining({ code: 'concurrency.stale-version', expected: versionOf(old), actual: versionOf(prepared.etag) }),
      ]);
    }
    for (const malformed of ['3', 'x', '""', '"x"', 'W/"1"', '"1", "2"', '"1.a b"', `"${'1'.repeat(10)}"`]) {
      const refused = await send(route, prepared, malformed);
      expect([refused.status, refused.body!['code']]).toEqual([400, 'if-match.malformed']);
    }
    expect(await prepared.effect()).toEqual(before);

    const done = await send(route, prepared, prepared.etag);
    expect([done.status, done.body?.['code']]).toEqual([answers, answers === 409 ? 'ordering.order-not-secured' : undefined]);
  });
});

it('takes the ETag of a read, which is more than a version', async () => {
  const sku = await shop.product();
  const read = await shop.admin.ask('GET', `/api/v1/products/${sku}`);
  const etag = String(read.headers.get('etag'));
  expect(etag).toMatch(/^"1\.[\w-]{27}"$/);
  const change = (name: string, ifMatch: string) => shop.admin.ask('PATCH', `/api/v1/products/${sku}`, { name }, { 'if-match': ifMatch });
  expect((await change('Lantern', etag)).headers.get('etag')).toBe('"2"');
  expect((await change('Candle', etag)).status).toBe(412);
  expect((await change('Candle', '"2"')).status).toBe(200);
  expect((await change('Taper', '*')).status).toBe(200);
});
