import { randomBytes } from 'node:crypto';
import type { SigningKey } from '@kernel/ports/signing-keys.js';
import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import { ContextDatabase } from '../context-database.js';
import { MasterKeyWrapper } from '../personal-data/key-wrapper.js';
import { PostgresSigningKeys } from './postgres-signing-keys.js';

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
const run = (text: string) => database.query({ name: text.slice(0, 60), text }, []);
beforeEach(() => run('truncate identity.signing_keys'));

const key = (kid: string, more: Partial<SigningKey> = {}): SigningKey => ({
  kid,
  publicJwk: { kty: 'RSA', n: 'n', e: 'AQAB' },
  privateKey: `-----BEGIN PRIVATE KEY-----\n${kid}\n-----END PRIVATE KEY-----\n`,
  createdAt: '2026-11-01T10:00:00.000Z',
  signsFrom: '2026-11-01T10:01:30.000Z',
  verifyUntil: null,
  ...more,
});
const store = (masterKey = randomBytes(32)) => new PostgresSigningKeys(database, new MasterKeyWrapper(masterKey));

it('come back as they were kept, the first to sign first', async () => {
  const keys = store();
  const [late, early] = [key('late'), key('early', { signsFrom: '2026-11-01T09:00:00.000Z', verifyUntil: '2026-11-02T00:00:00.000Z' })];
  await keys.adopt(late);
  await keys.adopt(early);
  expect(await keys.all()).toEqual([early, late]);
});

it('are adopted once', async () => {
  const keys = store();
  await keys.adopt(key('one'));
  await keys.adopt(key('one', { verifyUntil: '2026-11-02T00:00:00.000Z' }));
  expect(await keys.all()).toEqual([key('one')]);
});

it('keep their private halves from whoever reads the database, or moves them', async () => {
  const keys = store();
  await keys.adopt(key('one'));
  await keys.adopt(key('two'));
  expect(JSON.stringify(await run('select t::text, wrapped_private_key from identity.signing_keys t'))).not.toContain('PRIVATE');
  expect(JSON.stringify(await keys.rows([key('one')]))).not.toContain('PRIVATE');
  await expect(store().all()).rejects.toThrow();
  await run(`update identity.signing_keys set wrapped_private_key = (select wrapped_private_key from identity.signing_keys where kid = 'two')`);
  await expect(keys.all()).rejects.toThrow();
});
