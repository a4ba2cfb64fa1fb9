import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import { ContextDatabase } from '../context-database.js';
import { PolledRevocations } from './polled-revocations.js';
import { PostgresRevocations } from './revocation-source.js';

let server: TestDatabase;
let database: ContextDatabase;
beforeAll(async () => {
  server = await testDatabase();
  database = await ContextDatabase.connect({ context: 'identity', url: server.url, migrations: identityMigrations });
  await database.migrate();
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

const errors: unknown[] = [];
const running: PolledRevocations[] = [];
function poller(from = database, onUser?: (userId: string) => void) {
  const source = new PostgresRevocations(from);
  const made = new PolledRevocations({ source, onError: (error) => errors.push(error), intervalMs: 10, ...(onUser && { onUser }) });
  running.push(made);
  return made;
}
afterEach(async () => void (await Promise.all(running.splice(0).map((each) => each.stop()))));

let statements = 0;
const run = <Row extends object>(text: string, values: unknown[] = []) => database.query<Row>({ name: `test ${++statements}`, text }, values);
const revoke = (subject: string) =>
  run('insert into identity.revocations as t (subject, version) values ($1, 0) on conflict (subject) do update set version = excluded.version', [
    subject,
  ]);
const token = (over: { sessionId?: string; userId?: string; roles?: string[]; issuedAt?: number } = {}) => ({
  sessionId: 's',
  userId: 'u',
  issuedAt: Date.now(),
  ...over,
});
async function until(holds: () => boolean): Promise<void> {
  for (const started = Date.now(); !holds(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() - started > 10_000) throw new Error('it never came to be');
}

it('knows at its start what was revoked before, and soon what is revoked later', async () => {
  await revoke('session:before');
  const revocations = poller();
  expect(revocations.ageSeconds).toBeNull();
  await revocations.start();
  expect(revocations.isRevoked(token({ sessionId: 'before' }))).toBe(true);
  expect(revocations.isRevoked(token({ sessionId: 'later' }))).toBe(false);
  await revoke('session:later');
  await until(() => revocations.isRevoked(token({ sessionId: 'later' })));
  expect(revocations.ageSeconds).toBeLessThan(10);
});

it('tells of a user once for each time that their tokens were revoked, and of nothing else', async () => {
  const told: string[] = [];
  const revocations = poller(database, (userId) => told.push(userId));
  for (const subject of ['user:told', 'session:told', 'role:told', 'user:told']) {
    await revoke(subject);
    await revocations.look();
    await revocations.look();
    await run('select pg_sleep(0.002)');
  }
  expect(told.filter((userId) => userId === 'told')).toEqual(['told', 'told']);
});

it('takes back a user’s tokens up to the instant that the database stamps, again each time', async () => {
  const revocations = poller();
  const revokedAt = async () => {
    await revoke('user:ada');
    await revocations.look();
    const [row] = await run<{ at: number }>(
      `select (extract(epoch from at) * 1000)::float8 as at from identity.revocations where subject = 'user:ada'`,
    );
    return row!.at;
  };
  const first = await revokedAt();
  const signed = (issuedAt: number) => revocations.isRevoked(token({ userId: 'ada', issuedAt }));
  expect([signed(first - 1), signed(first), signed(first + 1)]).toEqual([true, true, false]);
  await run('select pg_sleep(0.005)');
  const second = await revokedAt();
  expect(second).toBeGreaterThan(first);
  expect([signed(second), signed(second + 1)]).toEqual([true, false]);
  expect(revocations.isRevoked(token({ userId: 'eve', issuedAt: 0 }))).toBe(false);
});

it('cannot be told a time that has passed', async () => {
  await run(`insert into identity.revocations (subject, at) values ('user:past', '2020-01-01')`);
  const [row] = await run<{ recent: boolean }>(
    `select at > clock_timestamp() - interval '1 minute' as recent from identity.revocations where subject = 'user:past'`,
  );
  expect(row).toEqual({ recent: true });
});

it('goes on with what it knows while the database does not answer, and says so', async () => {
  await revoke('session:known');
  const real = poller();
  await real.start();
  let away = false;
  const flaky = { query: (...given: Parameters<ContextDatabase['query']>) => (away ? Promise.reject(new Error('away')) : database.query(...given)) };
  const revocations = poller(flaky as ContextDatabase);
  await revocations.start();
  away = true;
  errors.length = 0;
  await until(() => errors.length > 1);
  expect(revocations.isRevoked(token({ sessionId: 'known' }))).toBe(true);
  expect(revocations.isRevoked(token())).toBe(false);
  away = false;
  await revoke('session:after');
  await until(() => revocations.isRevoked(token({ sessionId: 'after' })));
});

it('refuses to start without a first look', async () => {
  const unreachable = { query: () => Promise.reject(new Error('away')) } as unknown as ContextDatabase;
  await expect(poller(unreachable).start()).rejects.toThrow('away');
});

it('drops what no token is old enough for', async () => {
  await revoke('session:ancient');
  const early = poller();
  await early.look();
  await run('alter table identity.revocations disable trigger stamp_revocation');
  await run(`update identity.revocations set at = clock_timestamp() - interval '26 hours' where subject = 'session:ancient'`);
  await run('alter table identity.revocations enable trigger stamp_revocation');
  await poller().look();
  expect(await run(`select 1 from identity.revocations where subject = 'session:ancient'`)).toEqual([]);
});

it('takes back the tokens of everybody who has a role, those signed until it is known included', async () => {
  const revocations = poller();
  await revoke('role:desk');
  await revocations.look();
  const known = Date.now();
  const [row] = await run<{ at: number }>(
    `select (extract(epoch from at) * 1000)::float8 as at from identity.revocations where subject = 'role:desk'`,
  );
  const { at } = row!;
  const signed = (issuedAt: number, ...roles: string[]) => revocations.isRevoked(token({ roles, issuedAt }));
  expect([signed(at, 'customer', 'desk'), signed(known + 1, 'desk'), signed(at, 'customer'), signed(at)]).toEqual([true, false, false, false]);
  // Seen again, it is no news.
  await run('select pg_sleep(0.005)');
  await revocations.look();
  expect(signed(known + 1, 'desk')).toBe(false);
  // Long after, whoever starts takes no more back than could have been signed before the commit.
  await run(`alter table identity.revocations disable trigger stamp_revocation`);
  await run(`update identity.revocations set at = at - interval '1 hour' where subject = 'role:desk'`);
  await run(`alter table identity.revocations enable trigger stamp_revocation`);
  const later = poller();
  await later.look();
  const hourAgo = at - 3_600_000;
  expect([5_000, 5_001].map((ms) => later.isRevoked(token({ roles: ['desk'], issuedAt: hourAgo + ms })))).toEqual([true, false]);
});
