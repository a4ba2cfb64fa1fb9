import { hash, randomBytes, randomUUID } from 'node:crypto';
import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import { ContextDatabase, Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { EnvelopePersonalData } from '@adapters/event-store/src/personal-data/envelope.js';
import { MasterKeyWrapper } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { PostgresSubjectKeys } from '@adapters/event-store/src/personal-data/postgres-subject-keys.js';
import { PostgresReads } from '@adapters/event-store/src/postgres-reads.js';
import { Passwords } from '@adapters/runtime/src/auth/passwords.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { SystemClock } from '@adapters/runtime/src/system-clock.js';
import { Clock } from '@kernel/clock.js';
import { Aggregates } from '@kernel/ports/aggregates.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Principal } from '@kernel/principal.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { jest } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { testDatabase } from '@testing/postgres.js';
import { identityEvents } from '../contract/events.js';
import { allPermissions } from '../contract/permissions.js';
import { permissionsOf } from '../contract/roles.js';
import { DeactivateUser, DeactivateUserHandler } from './deactivate-user.js';
import { DefineRole, DefineRoleHandler } from './define-role.js';
import { GrantRoles, GrantRolesHandler } from './grant-roles.js';
import { ReactivateUser, ReactivateUserHandler } from './reactivate-user.js';
import { RemoveRole, RemoveRoleHandler } from './remove-role.js';
import { ReplaceRoles, ReplaceRolesHandler } from './replace-roles.js';
import { RoleAssignment } from './role-assignment.js';
import { Roles } from './roles.js';
import { Sessions } from './sessions.js';
import { Users } from './users.js';

/** The commands about roles over a database of their own; nobody signs in here. */
async function open() {
  const server = await testDatabase();
  const database = await ContextDatabase.connect({ context: 'identity', url: server.url, migrations: identityMigrations });
  await database.migrate();
  const registry = new SchemaRegistry(identityEvents);
  const [scope, clock, masterKey] = [new AsyncRequestContext(), new SystemClock(), randomBytes(32)];
  const stores = new PostgresEventStores({ databases: [database], registry, scope, clock, onError: () => undefined });
  const app = await Test.createTestingModule({
    providers: [
      Users,
      Roles,
      RoleAssignment,
      DeactivateUserHandler,
      DefineRoleHandler,
      GrantRolesHandler,
      ReactivateUserHandler,
      RemoveRoleHandler,
      ReplaceRolesHandler,
      { provide: Passwords, useValue: { hash: async () => 'not to be signed in with' } },
      // Nobody has signed in, so there is nothing to end.
      { provide: Sessions, useValue: { endings: async () => [] } },
      { provide: RequestContext, useValue: scope },
      { provide: Clock, useValue: clock },
      { provide: EventStores, useValue: stores },
      { provide: Aggregates, useValue: new StoredAggregates(stores, registry, scope) },
      { provide: TransactionalReads, useValue: new PostgresReads(new Databases([database])) },
      {
        provide: PersonalData,
        useValue: new EnvelopePersonalData(new PostgresSubjectKeys(database), new MasterKeyWrapper(masterKey), masterKey),
      },
    ],
  }).compile();
  return {
    app,
    ask: <Row extends object>(text: string) => database.query<Row>({ name: hash('md5', text), text }, []),
    close: async () => {
      await app.close();
      await stores.stop();
      await database.close();
      await server.drop();
    },
  };
}

let shop: Awaited<ReturnType<typeof open>>;
beforeAll(async () => void (shop = await open()));
afterAll(() => shop.close());

const shopItself = null;
const users = () => shop.app.get(Users);
const roles = () => shop.app.get(Roles);
const define = (by: Principal, name: string, ...permissions: string[]) =>
  shop.app.get(DefineRoleHandler).execute(new DefineRole(name, permissions, '', by));
const remove = (by: Principal, name: string) => shop.app.get(RemoveRoleHandler).execute(new RemoveRole(name, by));
const grant = (by: Principal | null, to: Principal, ...given: string[]) => shop.app.get(GrantRolesHandler).execute(new GrantRoles(to.id, given, by));
const replace = (by: Principal | null, to: Principal, ...given: string[]) =>
  shop.app.get(ReplaceRolesHandler).execute(new ReplaceRoles(to.id, given, by));
const refusal = (code: string, details = {}) => expect.objectContaining({ code, details: expect.objectContaining(details) });
const escalation = (...permissions: string[]) => refusal('identity.privilege-escalation', { permissions });

/** Somebody new, as their access token has them. */
async function person(...given: string[]): Promise<Principal> {
  const { body } = await users().register({ email: `${randomUUID()}@shop.example`, password: '', name: 'Ada', roles: ['customer'] });
  const principal = { id: body.id, roles: given, permissions: [] as string[], sessionId: '' };
  await replace(shopItself, principal, ...given);
  return { ...principal, permissions: await roles().permissionsOf(given) };
}
const name = () => `r-${randomUUID()}`.slice(0, 30).replace(/-+$/, '');
/** A role that the shop has, of these permissions. */
async function role(...permissions: string[]): Promise<string> {
  const made = name();
  await define(await administrator(), made, ...permissions);
  return made;
}
let first: Principal | undefined;
const administrator = async (): Promise<Principal> => (first ??= await person('admin'));
const rolesOf = async ({ id }: Principal) => {
  const { state } = await users().repository.load(id);
  return state.status === 'none' ? [] : state.roles;
};
const revoked = async (subject: string) =>
  (await shop.ask<{ subject: string }>('select subject from identity.revocations')).some((row) => row.subject === subject);

describe('what roles let somebody do', () => {
  it('is theirs as it is now', async () => {
    const desk = await role('stock:write');
    expect(await roles().permissionsOf(['customer', desk, 'nothing'])).toEqual([...permissionsOf(['customer']), 'stock:write'].sort());
    await define(await administrator(), desk, 'sagas:read');
    expect(await roles().permissionsOf([desk])).toEqual(['sagas:read']);
    expect(await roles().permissionsOf(['admin'])).toEqual(allPermissions);
  });

  it('is less than the token says where a role was taken or the account deactivated', async () => {
    const [ada, bob] = [await person('admin', 'analyst'), await person('admin')];
    await replace(await administrator(), ada, 'analyst');
    expect(await roles().heldBy(ada)).toEqual(permissionsOf(['analyst']));
    await shop.app.get(DeactivateUserHandler).execute(new DeactivateUser(bob.id, await administrator()));
    expect(await roles().heldBy(bob)).toEqual([]);
    // And never more.
    expect(await roles().heldBy({ ...(await administrator()), permissions: ['catalog:read'] })).toEqual(['catalog:read']);
  });

  it('ends a token at once where it becomes less, and waits for the next one where it becomes more', async () => {
    const [desk, ada] = [await role('stock:write'), await person('customer')];
    await define(await administrator(), desk, 'stock:write', 'sagas:read');
    await grant(await administrator(), ada, 'analyst');
    expect([await revoked(`role:${desk}`), await revoked(`user:${ada.id}`)]).toEqual([false, false]);
    await define(await administrator(), desk, 'sagas:read');
    expect(await revoked(`role:${desk}`)).toBe(true);
    await replace(await administrator(), ada, 'analyst');
    expect(await revoked(`user:${ada.id}`)).toBe(true);
  });
});

describe('a role', () => {
  it('is not given where there is none, which is told', async () => {
    const ada = await person('customer');
    await expect(grant(await administrator(), ada, 'analyst', 'nothing', '__proto__')).rejects.toThrow(
      refusal('identity.role-unknown', { roles: ['nothing', '__proto__'] }),
    );
    expect(await rolesOf(ada)).toEqual(['customer']);
  });

  it('stays while somebody has it', async () => {
    const desk = await role('stock:write');
    const holders = [await person(desk), await person('customer', desk)];
    await expect(remove(await administrator(), desk)).rejects.toThrow(refusal('identity.role-in-use', { users: 2 }));
    for (const holder of holders) await replace(await administrator(), holder, 'customer');
    expect(await remove(await administrator(), desk)).toMatchObject({ status: 204 });
    expect(await roles().permissionsOf([desk])).toEqual([]);
    await expect(grant(await administrator(), holders[0]!, desk)).rejects.toThrow(refusal('identity.role-unknown'));
    expect(await define(await administrator(), desk, 'sagas:read')).toMatchObject({ status: 201, version: 3 });
  });

  it('is either given or removed where both are asked for at once', async () => {
    const boss = await administrator();
    for (let round = 0; round < 15; round++) {
      const [desk, ada] = [await role('stock:write'), await person('customer')];
      const [given, gone] = await Promise.allSettled([grant(boss, ada, desk), remove(boss, desk)]);
      expect([given.status, gone.status].sort()).toEqual(['fulfilled', 'rejected']);
      const lost = (given.status === 'rejected' ? given : gone) as PromiseRejectedResult;
      expect(lost.reason.code).toBe(given.status === 'rejected' ? 'identity.role-unknown' : 'identity.role-in-use');
      expect((await rolesOf(ada)).includes(desk)).toBe(given.status === 'fulfilled');
    }
  });

  it('is looked for again by the removal after it holds the lock', async () => {
    const desk = await role('stock:write');
    await person(desk);
    const counted = jest.spyOn(roles(), 'holders').mockResolvedValueOnce(0);
    await expect(remove(await administrator(), desk)).rejects.toThrow(refusal('identity.role-in-use', { users: 1 }));
    counted.mockRestore();
  });
});

describe('nobody gives or takes what they do not hold', () => {
  it('by a role', async () => {
    const support = await person(await role('users:manage', ...permissionsOf(['analyst'])));
    const [ada, chief] = [await person('customer'), await person('admin')];
    await expect(grant(support, ada, 'admin')).rejects.toThrow(refusal('identity.privilege-escalation'));
    await expect(grant(support, support, await role('users:erase'))).rejects.toThrow(escalation('users:erase'));
    await expect(replace(support, ada, 'analyst')).rejects.toThrow(refusal('identity.privilege-escalation'));
    await expect(replace(support, chief, 'analyst')).rejects.toThrow(refusal('identity.privilege-escalation'));
    expect([await rolesOf(ada), await rolesOf(chief)]).toEqual([['customer'], ['admin']]);
    await grant(support, ada, 'analyst');
    expect(await rolesOf(ada)).toEqual(['customer', 'analyst']);
    // What stays is nobody's to hold.
    await replace(support, ada, 'customer');
    expect(await rolesOf(ada)).toEqual(['customer']);
  });

  it('by a definition', async () => {
    const editor = await person(await role('roles:manage', 'catalog:read'));
    const [made, other] = [name(), await role('sagas:manage')];
    await expect(define(editor, made, 'catalog:read', 'users:manage')).rejects.toThrow(escalation('users:manage'));
    await expect(define(editor, editor.roles[0]!, 'roles:manage', 'catalog:read', 'orders:manage')).rejects.toThrow(escalation('orders:manage'));
    await expect(define(editor, other)).rejects.toThrow(escalation('sagas:manage'));
    await expect(remove(editor, other)).rejects.toThrow(escalation('sagas:manage'));
    expect(await define(editor, made, 'catalog:read')).toMatchObject({ status: 201 });
  });

  it('by deactivating or reactivating', async () => {
    const support = await person(await role('users:manage', ...permissionsOf(['customer'])));
    const [ada, chief] = [await person('customer'), await person('admin')];
    const act = (command: DeactivateUser | ReactivateUser) =>
      command instanceof DeactivateUser ? shop.app.get(DeactivateUserHandler).execute(command) : shop.app.get(ReactivateUserHandler).execute(command);
    await expect(act(new DeactivateUser(chief.id, support))).rejects.toThrow(refusal('identity.privilege-escalation'));
    await act(new DeactivateUser(chief.id, await administrator()));
    await expect(act(new ReactivateUser(chief.id, support))).rejects.toThrow(refusal('identity.privilege-escalation'));
    expect(await act(new DeactivateUser(ada.id, support))).toMatchObject({ status: 200 });
    expect(await revoked(`user:${ada.id}`)).toBe(true);
  });

  it('with a token of the time before', async () => {
    const former = await person('admin');
    await replace(await administrator(), former, 'customer');
    await expect(grant(former, former, 'admin')).rejects.toThrow(refusal('identity.privilege-escalation'));
    await expect(define(former, name(), 'users:manage')).rejects.toThrow(refusal('identity.privilege-escalation'));
  });

  it('nor manages roles at all with one, not even within what they still hold', async () => {
    const boss = await administrator();
    const managers = await role('roles:manage', 'catalog:read');
    const [moved, narrowed] = [await person(managers, 'analyst'), await person(managers, 'analyst')];
    const spare = await role('analytics:read');
    await replace(boss, moved, 'analyst');
    await define(boss, managers, 'catalog:read');
    for (const former of [moved, narrowed]) {
      await expect(define(former, name(), 'analytics:read')).rejects.toThrow(escalation('roles:manage'));
      await expect(define(former, name())).rejects.toThrow(escalation('roles:manage'));
      await expect(remove(former, spare)).rejects.toThrow(escalation('roles:manage'));
    }
    await remove(boss, spare);
  });
});

describe('the last administrator', () => {
  it('keeps the role', async () => {
    const alone = await open();
    try {
      const { body } = await alone.app.get(Users).register({ email: 'a@shop.example', password: '', name: 'Ada', roles: ['admin'] });
      const only = { id: body.id, roles: ['admin'], permissions: [...allPermissions], sessionId: '' };
      const asked = alone.app.get(ReplaceRolesHandler).execute(new ReplaceRoles(only.id, ['customer'], only));
      await expect(asked).rejects.toThrow(refusal('identity.last-administrator'));
    } finally {
      await alone.close();
    }
  });

  it('remains where all take the role from each other, or from themselves, at the same time', async () => {
    const boss = await administrator();
    for (let round = 0; round < 10; round++) {
      const ring = [boss, await person('admin'), await person('admin')];
      await shop.ask(
        `update identity.users set status = 'deactivated' where 'admin' = any(roles) and id not in (${ring.map(({ id }) => `'${id}'`).join()})`,
      );
      const step = round % 2;
      const tried = await Promise.allSettled(ring.map((by, index) => replace(by, ring[(index + step) % ring.length]!, 'customer')));
      const refused = tried.flatMap((each) => (each.status === 'rejected' ? [each.reason.code as string] : []));
      for (const code of refused) expect(['identity.last-administrator', 'identity.privilege-escalation']).toContain(code);
      const left = await Promise.all(ring.map(rolesOf));
      expect(left.filter((each) => each.includes('admin'))).toHaveLength(refused.length);
      expect(refused.length).toBeGreaterThan(0);
      await grant(shopItself, boss, 'admin');
      for (const each of ring.slice(1)) await replace(shopItself, each, 'customer');
    }
  });
});
