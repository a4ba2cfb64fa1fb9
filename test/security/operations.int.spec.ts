import { eventually } from '@testing/eventually.js';
import { wholeApp, type WholeApp } from '../support/whole-app.js';
import { must, People, type Someone } from './people.js';

let shop: WholeApp;
let boss: Someone;
let bossId: string;
beforeAll(async () => {
  shop = await wholeApp({ logLevel: 'info' });
  boss = await new People(shop, shop.admin).administrator();
  bossId = String(must(await boss.ask('GET', '/api/v1/users/me'), 200)['id']);
});
afterAll(() => shop?.close());

interface Entry {
  readonly subject: string;
  readonly actor: string | null;
  readonly operation: { readonly name: string; readonly target: string; readonly outcome: string; readonly code: string | null };
}
/** Oldest first. */
const trail = async (query = '') =>
  (must(await boss.ask('GET', `/api/v1/admin/audit-trail?action=identity.OperationRecorded${query}`), 200)['items'] as Entry[]).toReversed();

it.each([
  ['DELETE', '/api/v1/admin/cache/catalog:list:*', 204, { name: 'purge-cache', target: 'catalog:list:*', outcome: 'done', code: null }],
  ['DELETE', '/api/v1/admin/cache/a::b', 400, { name: 'purge-cache', target: 'a::b', outcome: 'refused', code: 'cache.key-malformed' }],
  ['POST', '/api/v1/admin/read-models/sales/rebuild', 200, { name: 'rebuild-read-model', target: 'sales', outcome: 'done', code: null }],
  ['POST', '/api/v1/admin/read-models/sales/rollback', 200, { name: 'roll-back-read-model', target: 'sales', outcome: 'done', code: null }],
  [
    'POST',
    '/api/v1/admin/read-models/figments/rebuild',
    404,
    { name: 'rebuild-read-model', target: 'figments', outcome: 'refused', code: 'read-model.unknown' },
  ],
  ['POST', '/api/v1/admin/audit', 200, { name: 'audit', target: 'figures', outcome: 'done', code: null }],
])('shows who did it, and how it ended: %s %s', async (method, path, status, operation) => {
  const known = (await trail()).length;
  must(await boss.ask(method, path), status);
  await eventually(async () => {
    const entries = (await trail()).slice(known);
    expect(entries.map((entry) => entry.operation)).toEqual([{ ...operation, outcome: 'begun', code: null }, operation]);
    expect(entries.map(({ actor }) => actor)).toEqual([bossId, bossId]);
    expect(new Set(entries.map(({ subject }) => subject)).size).toBe(1);
  }, 10_000);
});

it('is found by who did it, and by which it was', async () => {
  const [first] = await trail();
  expect(await trail(`&subject=${first!.subject}`)).toHaveLength(2);
  expect((await trail(`&actor=${bossId}`)).length).toBe((await trail()).length);
  expect(await trail('&actor=system')).toEqual([]);
});

it('is told of nothing else: other entries have no operation', async () => {
  const { items } = must(await boss.ask('GET', '/api/v1/admin/audit-trail?action=identity.SessionStarted'), 200) as { items: Entry[] };
  expect(items.length).toBeGreaterThan(0);
  expect(items.filter((entry) => 'operation' in entry)).toEqual([]);
});
