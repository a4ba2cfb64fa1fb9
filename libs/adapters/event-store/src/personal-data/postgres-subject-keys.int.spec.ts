import { randomBytes } from 'node:crypto';
import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import { ContextDatabase } from '../context-database.js';
import { EnvelopePersonalData } from './envelope.js';
import { MasterKeyWrapper } from './key-wrapper.js';
import { PostgresSubjectKeys } from './postgres-subject-keys.js';

let server: TestDatabase;
let database: ContextDatabase;
const masterKey = randomBytes(32);
/** What another process would have: nothing in its cache. */
const process = () => new EnvelopePersonalData(new PostgresSubjectKeys(database), new MasterKeyWrapper(masterKey), masterKey);

beforeAll(async () => {
  server = await testDatabase();
  database = await ContextDatabase.connect({ context: 'identity', url: server.url, migrations: identityMigrations });
  await database.migrate();
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

it('gives every process the key of whoever was first', async () => {
  const sealed = await Promise.all(Array.from({ length: 20 }, (_, n) => process().seal('ada', `secret ${n}`)));
  const reader = process();
  expect(await Promise.all(sealed.map((each) => reader.open(each)))).toEqual(sealed.map((_, n) => `secret ${n}`));
});

it('destroys a key for every process, once and for good', async () => {
  const sealed = await process().seal('eve', 'secret');
  await process().forget('eve');
  await process().forget('eve');
  expect(await process().open(sealed)).toBeNull();
  await expect(process().seal('eve', 'again')).rejects.toMatchObject({ code: 'personal-data.subject-forgotten' });
});

it('makes no key for a subject that was forgotten before it had one', async () => {
  await process().forget('bob');
  await expect(process().seal('bob', 'secret')).rejects.toMatchObject({ code: 'personal-data.subject-forgotten' });
});
