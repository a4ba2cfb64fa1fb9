import { randomUUID } from 'node:crypto';
import { eventually } from '@testing/eventually.js';
import { wholeApp, type WholeApp } from '../support/whole-app.js';
import { must, People, type Answered, type Someone } from './people.js';

let shop: WholeApp;
let people: People;
let boss: Someone;
beforeAll(async () => {
  shop = await wholeApp({ logLevel: 'info' });
  people = new People(shop, shop.admin);
  boss = await people.administrator();
});
afterAll(() => shop?.close());

const role = () => `r-${randomUUID()}`.slice(0, 30).replace(/-+$/, '');
const define = (name: string, permissions: string[], headers = {}) => boss.ask('PUT', `/api/v1/admin/roles/${name}`, { permissions }, headers);
const code = ({ status, body }: Answered) => [status, body?.['code']];
/** Longest that a token may outlive what it says, ms; the machine may be busy beside it. */
const SOON_MS = 3_000;

describe('what is taken away', () => {
  it('ends the access token within a second, and the next one no longer has it', async () => {
    const clerk = await people.having('customer', 'analyst');
    expect((await clerk.ask('GET', '/api/v1/analytics/sales')).status).toBe(200);
    must(await boss.ask('PUT', `/api/v1/users/${clerk.id}/roles`, { roles: ['customer'] }), 200);
    await eventually(async () => expect(code(await clerk.ask('GET', '/api/v1/analytics/sales'))).toEqual([401, 'auth.session-ended']), SOON_MS);
    const again = await people.refreshed(clerk);
    expect(code(await again.ask('GET', '/api/v1/analytics/sales'))).toEqual([403, 'auth.forbidden']);
    expect((await again.ask('GET', '/api/v1/products')).status).toBe(200);
  });

  it('from a role is taken from everybody who has it, and from nobody else', async () => {
    const [name, other] = [role(), await people.having('customer')];
    must(await define(name, ['catalog:read', 'sagas:read', 'users:read:own']), 201);
    const holders = [await people.having(name), await people.having('customer', name)];
    for (const holder of holders) expect((await holder.ask('GET', '/api/v1/admin/sagas')).status).toBe(200);
    must(await define(name, ['catalog:read', 'users:read:own']), 200);
    for (const holder of holders) {
      await eventually(async () => expect((await holder.ask('GET', '/api/v1/admin/sagas')).status).toBe(401), SOON_MS);
      expect(code(await (await people.refreshed(holder)).ask('GET', '/api/v1/admin/sagas'))).toEqual([403, 'auth.forbidden']);
    }
    expect((await other.ask('GET', '/api/v1/products')).status).toBe(200);
  });
});

it('shows what is given in the next access token, and leaves the present one as it is', async () => {
  const ada = await people.having('customer');
  must(await boss.ask('POST', `/api/v1/users/${ada.id}/roles`, { roles: ['analyst'] }), 200);
  expect(code(await ada.ask('GET', '/api/v1/analytics/sales'))).toEqual([403, 'auth.forbidden']);
  expect((await (await people.refreshed(ada)).ask('GET', '/api/v1/analytics/sales')).status).toBe(200);
});

describe('a role over the API', () => {
  it('is made, read, replaced on its version, and removed', async () => {
    const name = role();
    const made = await define(name, ['stock:write', 'catalog:read']);
    const view = { name, permissions: ['catalog:read', 'stock:write'], description: '', version: 1 };
    expect([made.status, made.body, made.headers.get('etag')]).toEqual([201, view, '"1"']);
    expect(made.headers.get('consistency-token')).toMatch(/^identity=/);
    const read = await boss.ask('GET', `/api/v1/admin/roles/${name}`);
    expect([read.body, read.headers.get('etag')]).toEqual([{ ...view, builtIn: false, users: 0 }, expect.stringMatching(/^"1\./)]);
    expect(code(await define(name, [], { 'if-match': '"2"' }))).toEqual([412, 'concurrency.stale-version']);
    expect((await define(name, ['catalog:read'], { 'if-match': '"1"' })).body).toMatchObject({ permissions: ['catalog:read'], version: 2 });
    const holder = await people.having('customer', name);
    expect((await boss.ask('GET', `/api/v1/admin/roles/${name}`)).body).toMatchObject({ users: 1 });
    const refused = await boss.ask('DELETE', `/api/v1/admin/roles/${name}`);
    expect([...code(refused), refused.body!['users']]).toEqual([409, 'identity.role-in-use', 1]);
    must(await boss.ask('PUT', `/api/v1/users/${holder.id}/roles`, { roles: ['customer'] }), 200);
    expect((await boss.ask('DELETE', `/api/v1/admin/roles/${name}`)).status).toBe(204);
    expect(code(await boss.ask('GET', `/api/v1/admin/roles/${name}`))).toEqual([404, 'identity.role-not-found']);
  });

  it('is in the list with those that are built in', async () => {
    const { items } = must(await boss.ask('GET', '/api/v1/admin/roles'), 200) as { items: { name: string; builtIn: boolean; version: number }[] };
    expect(items.filter(({ builtIn }) => builtIn).map(({ name, version }) => [name, version])).toEqual([
      ['admin', 0],
      ['analyst', 0],
      ['customer', 0],
    ]);
  });

  it.each([
    ['PUT', 'admin', { permissions: [] }, 409, 'identity.role-fixed'],
    ['DELETE', 'admin', undefined, 409, 'identity.role-fixed'],
    ['DELETE', 'customer', undefined, 409, 'identity.role-built-in'],
    ['PUT', 'register', { permissions: [] }, 400, 'identity.role-name-invalid'],
    ['PUT', 'Desk', { permissions: [] }, 400, 'identity.role-name-invalid'],
    ['PUT', 'desk', { permissions: ['fly'] }, 400, 'identity.permission-unknown'],
    ['PUT', 'desk', { permissions: 'catalog:read' }, 400, 'request.invalid'],
    ['PUT', 'desk', { permissions: [], rights: [] }, 400, 'request.invalid'],
    ['PUT', '__proto__', { permissions: [] }, 400, 'identity.role-name-invalid'],
  ])('is refused: %s %s %j', async (method, name, body, status, expected) =>
    expect(code(await boss.ask(method, `/api/v1/admin/roles/${name}`, body))).toEqual([status, expected]),
  );

  it('gives nobody what its maker does not hold', async () => {
    const editor = await people.newlyHolding('roles:manage', 'roles:read', 'users:manage', 'catalog:read');
    const [name] = must(await boss.ask('GET', `/api/v1/users/${editor.id}`), 200)['roles'] as [string];
    const widened = await editor.ask('PUT', `/api/v1/admin/roles/${name}`, {
      permissions: ['roles:manage', 'catalog:read', 'system:keys'],
    });
    expect([...code(widened), widened.body!['permissions']]).toEqual([403, 'identity.privilege-escalation', ['system:keys']]);
    expect(code(await editor.ask('POST', `/api/v1/users/${editor.id}/roles`, { roles: ['admin'] }))).toEqual([403, 'identity.privilege-escalation']);
  });
});

it('lets nobody erase, deactivate or export somebody who holds more', async () => {
  const [support, chief, ada] = [
    await people.newlyHolding('users:manage', 'users:erase', 'users:export'),
    await people.having('admin'),
    await people.having('customer'),
  ];
  for (const { id } of [chief, ada]) {
    expect(code(await support.ask('DELETE', `/api/v1/users/${id}`))).toEqual([403, 'identity.privilege-escalation']);
    expect(code(await support.ask('POST', `/api/v1/users/${id}/deactivate`, {}))).toEqual([403, 'identity.privilege-escalation']);
    const exported = await support.ask('GET', `/api/v1/users/${id}/data`);
    expect(code(exported)).toEqual([403, 'identity.privilege-escalation']);
    expect(JSON.stringify(exported.body)).not.toContain('@shop.example');
    expect(must(await boss.ask('GET', `/api/v1/users/${id}`), 200)).toMatchObject({ status: 'active' });
  }
  const [desk, visitor] = [await people.newlyHolding('users:export', 'catalog:read'), await people.newlyHolding('catalog:read')];
  expect(must(await desk.ask('GET', `/api/v1/users/${visitor.id}/data`), 200)).toMatchObject({ subject: visitor.id });
  must(await boss.ask('GET', `/api/v1/users/${ada.id}/data`), 200);
  expect((await boss.ask('DELETE', `/api/v1/users/${ada.id}`)).status).toBe(200);
  // Of somebody erased nothing is left that would take more to see.
  must(await support.ask('GET', `/api/v1/users/${ada.id}/data`), 200);
});

describe('users, for administrators', () => {
  it('are listed by role and status, newest first, page by page', async () => {
    const name = role();
    must(await define(name, ['catalog:read']), 201);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await people.having('customer', name)).id);
    must(await boss.ask('POST', `/api/v1/users/${ids[0]}/deactivate`, {}), 200);
    const list = (query: string) => boss.ask('GET', `/api/v1/users?role=${name}${query}`).then((answer) => must(answer, 200));
    type Page = { items: { id: string; email: string; status: string }[]; next?: string };
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const page = (await list(`&limit=2${next && `&cursor=${next}`}`)) as Page;
      seen.push(...page.items.map(({ id }) => id));
      // Newer ones do not move the rest.
      if (seen.length === 2) await people.having('customer', name);
      next = page.next;
    }
    expect(seen).toEqual(ids);
    expect(((await list('&status=deactivated')) as Page).items.map(({ id }) => id)).toEqual([ids[0]]);
    expect(code(await boss.ask('GET', '/api/v1/users?cursor=abc'))).toEqual([400, 'request.invalid']);
    expect(code(await boss.ask('GET', '/api/v1/users?status=asleep&sort=email'))).toEqual([400, 'request.invalid']);
  });

  it('are found by their whole email, however it is spelt, and by no part of it', async () => {
    const ada = await people.having('customer');
    const lookUp = (email: string) => boss.ask('POST', '/api/v1/users/lookup', { email });
    expect((await lookUp(` ${ada.email.toUpperCase()} `)).body).toEqual({ id: ada.id });
    expect(code(await lookUp(ada.email.slice(1)))).toEqual([404, 'identity.user-not-found']);
    const { status, body, headers } = await boss.ask('GET', `/api/v1/users/${ada.id}`);
    expect([status, body]).toEqual([
      200,
      {
        id: ada.id,
        email: ada.email,
        name: 'Ada Lovelace',
        roles: ['customer'],
        status: 'active',
        registeredAt: expect.stringMatching(/^\d{4}-.*Z$/),
        version: 1,
      },
    ]);
    expect(headers.get('etag')).toMatch(/^"1\./);
    expect(shop.lines.filter((line) => line.includes(ada.email))).toEqual([]);
  });
});
