import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandApiConfig, projectorConfig, queryApiConfig, relayConfig, sagaRunnerConfig } from './roles.js';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const databaseOf = (name: string): string => `postgres://${name}:secret@db:5432/${name}`;
const SHARED = {
  MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  RPC_SECRET: 's'.repeat(32),
  RPC_PORT: '4001',
  KAFKA_BROKERS: 'kafka-1:9092,kafka-2:9092',
};
const DATABASES = Object.fromEntries(
  ['identity', 'catalog', 'ordering', 'analytics'].map((name) => [`${name.toUpperCase()}_DATABASE_URL`, databaseOf(name)]),
);
const PEERS = {
  IDENTITY_RPC: 'identity:4001',
  CATALOG_RPC: 'catalog:4001',
  ORDERING_RPC: 'ordering-1:4001,ordering-2:4001',
  ANALYTICS_RPC: '[::1]:4001',
};
const IDENTITY = { JWT_PRIVATE_KEY: privateKey, ADMIN_EMAIL: 'admin@shop.example', ADMIN_PASSWORD: 'correct horse battery' };
const ALL: NodeJS.ProcessEnv = {
  ...SHARED,
  ...DATABASES,
  ...PEERS,
  ...IDENTITY,
  PAYMENT_CALLBACK_KEY: 'p'.repeat(32),
  CLICKHOUSE_URL: 'http://clickhouse:8123',
};

/** What a process says that is given nothing. */
function complaintOf(read: (environment: NodeJS.ProcessEnv) => unknown, environment: NodeJS.ProcessEnv = {}): string {
  try {
    read(environment);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

/** The variables that a process cannot do without, in the order in which it asks for them. */
const requiredBy = (read: (environment: NodeJS.ProcessEnv) => unknown, environment: NodeJS.ProcessEnv = {}): string[] =>
  [...complaintOf(read, environment).matchAll(/(\w+) must be set/g)].map(([, name]) => name!);

const command = (contexts: string) => (environment: NodeJS.ProcessEnv) => commandApiConfig({ CONTEXTS: contexts, ...environment });

describe('what each role cannot do without', () => {
  it.each<[string, (environment: NodeJS.ProcessEnv) => unknown, string]>([
    ['command-api', commandApiConfig, 'CONTEXTS RPC_PORT RPC_SECRET IDENTITY_RPC MASTER_KEY'],
    [
      'command-api of identity',
      command('identity'),
      'IDENTITY_DATABASE_URL RPC_PORT RPC_SECRET ORDERING_RPC ANALYTICS_RPC MASTER_KEY JWT_PRIVATE_KEY ADMIN_EMAIL ADMIN_PASSWORD',
    ],
    ['command-api of catalog', command('catalog'), 'CATALOG_DATABASE_URL KAFKA_BROKERS RPC_SECRET RPC_PORT IDENTITY_RPC MASTER_KEY'],
    [
      'command-api of ordering',
      command('ordering'),
      'ORDERING_DATABASE_URL KAFKA_BROKERS RPC_SECRET RPC_PORT IDENTITY_RPC CATALOG_RPC MASTER_KEY PAYMENT_CALLBACK_KEY',
    ],
    [
      'query-api',
      queryApiConfig,
      'ANALYTICS_DATABASE_URL IDENTITY_DATABASE_URL CATALOG_DATABASE_URL ORDERING_DATABASE_URL CLICKHOUSE_URL RPC_PORT RPC_SECRET IDENTITY_RPC CATALOG_RPC MASTER_KEY',
    ],
    ['relay', relayConfig, 'IDENTITY_DATABASE_URL CATALOG_DATABASE_URL ORDERING_DATABASE_URL KAFKA_BROKERS RPC_SECRET'],
    [
      'projector',
      projectorConfig,
      'ANALYTICS_DATABASE_URL IDENTITY_DATABASE_URL CATALOG_DATABASE_URL ORDERING_DATABASE_URL KAFKA_BROKERS RPC_SECRET CLICKHOUSE_URL',
    ],
    ['saga-runner', sagaRunnerConfig, 'IDENTITY_DATABASE_URL CATALOG_DATABASE_URL ORDERING_DATABASE_URL KAFKA_BROKERS RPC_SECRET'],
  ])('%s', (_, read, required) => {
    expect(requiredBy(read)).toEqual(required.split(' '));
    expect(requiredBy(read, { ...ALL, CONTEXTS: 'catalog' })).toEqual([]);
  });
});

it('has the pools of the design where nothing else is said', () => {
  const { databases, kafka, rpc } = command('ordering')(ALL);
  expect(databases).toMatchObject({ poolSize: 20, idleMs: 30_000, connectMs: 2_000, migrations: 'run', ca: undefined });
  expect(kafka).toMatchObject({ brokers: ['kafka-1:9092', 'kafka-2:9092'], partitions: 8, replication: 1, tls: undefined, sasl: undefined });
  expect(rpc).toEqual({
    host: '127.0.0.1',
    port: 4001,
    secret: 's'.repeat(32),
    previousSecret: undefined,
    timeoutMs: 2_000,
    addresses: { identity: ['identity:4001'], catalog: ['catalog:4001'] },
    tls: undefined,
  });
});

describe('INSTANCE_NAME', () => {
  const nameOf = (INSTANCE_NAME: string): string | undefined => sagaRunnerConfig({ ...ALL, INSTANCE_NAME }).kafka.instanceName;

  it('is what the process is called in its groups, or the name of its machine, or nothing', () => {
    const [long, odd] = ['n'.repeat(100), 'Ordering_1.a-b'];
    expect([nameOf(long), nameOf(odd), nameOf('hostname'), nameOf('')]).toEqual([long, odd, hostname(), undefined]);
    expect(command('ordering')({ ...ALL, INSTANCE_NAME: 'ordering-1' }).kafka?.instanceName).toBe('ordering-1');
    expect(projectorConfig({ ...ALL, INSTANCE_NAME: 'projector-1' }).kafka.instanceName).toBe('projector-1');
  });

  it('is nothing to a process that is in no group', () => {
    expect(relayConfig({ ...ALL, INSTANCE_NAME: 'relay/1' }).kafka.instanceName).toBeUndefined();
  });
});

it('believes another secret as well, for its calls and its messages, and says once what is wrong with one', () => {
  const secrets = { secret: 's'.repeat(32), previousSecret: 'p'.repeat(32) };
  const { rpc, kafka } = command('catalog')({ ...ALL, RPC_SECRET_PREVIOUS: 'p'.repeat(32) });
  expect([rpc, kafka?.secrets]).toEqual([expect.objectContaining(secrets), secrets]);
  expect(complaintOf(command('catalog'), { ...ALL, RPC_SECRET_PREVIOUS: 'short' })).toBe(
    'Bad environment: RPC_SECRET_PREVIOUS must have at least 32 characters.',
  );
});

it('asks no service that is in the same process', () => {
  expect(command('identity,catalog,ordering')(ALL).rpc.addresses).toEqual({ analytics: ['[::1]:4001'] });
  expect(command('identity')(ALL).rpc.addresses['ordering']).toEqual(['ordering-1:4001', 'ordering-2:4001']);
});

it('keeps the book of the simulated payment service beside the orders, or where it is told to', () => {
  expect(command('ordering')(ALL).databases.byName.payments_simulator).toEqual({ url: databaseOf('ordering'), replicaUrl: undefined });
  const own = { ...ALL, PAYMENTS_SIMULATOR_DATABASE_URL: databaseOf('payments') };
  expect(command('ordering')(own).databases.byName.payments_simulator?.url).toBe(databaseOf('payments'));
  const stripe = { ...ALL, PAYMENT_PROVIDER: 'stripe', STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1', PAYMENT_CALLBACK_KEY: '' };
  expect(command('ordering')(stripe).databases.byName.payments_simulator).toBeUndefined();
});

it('asks for the keys of a payment service where money is taken, and nowhere else', () => {
  const stripe = { ...ALL, PAYMENT_PROVIDER: 'stripe' };
  for (const contexts of ['identity', 'catalog', 'identity,catalog']) expect(complaintOf(command(contexts), stripe)).toBe('');
  for (const contexts of ['ordering', 'identity,catalog,ordering']) {
    expect(complaintOf(command(contexts), stripe)).toContain('PAYMENT_PROVIDER=stripe needs STRIPE_SECRET_KEY');
    expect(complaintOf(command(contexts), stripe)).toContain('PAYMENT_PROVIDER=stripe needs STRIPE_WEBHOOK_SECRET');
  }
});

it.each<[string, string]>([
  ['CONTEXTS', 'catalog,shipping'],
  ['CATALOG_DATABASE_URL', 'mysql://db/catalog'],
  ['CATALOG_DATABASE_URL', 'postgres://db'],
  ['CATALOG_DATABASE_URL', 'postgres://db/catalog?sslmode=prefer'],
  ['CATALOG_REPLICA_URL', 'db:5432'],
  ['DATABASE_CA', 'a certificate'],
  ['DATABASE_POOL_MAX', '1'],
  ['MIGRATIONS', 'never'],
  ['INSTANCE_NAME', 'ordering/1'],
  ['INSTANCE_NAME', 'n'.repeat(101)],
  ['KAFKA_BROKERS', 'kafka'],
  ['KAFKA_BROKERS', 'kafka:0'],
  ['KAFKA_PARTITIONS', '0'],
  ['KAFKA_SASL_MECHANISM', 'gssapi'],
  ['RPC_SECRET', 'short'],
  ['RPC_PORT', '65536'],
  ['IDENTITY_RPC', 'identity:4001,'],
  ['MASTER_KEY', Buffer.alloc(31).toString('base64')],
])('does not take %s=%s', (name, value) => {
  expect(complaintOf(command('catalog'), { ...ALL, CONTEXTS: 'catalog', [name]: value })).toMatch(new RegExp(`^Bad environment: ${name} must `));
});

it.each(['MASTER_KEY', 'RPC_SECRET', 'CATALOG_DATABASE_URL', 'DATABASE_CA'])('does not repeat a %s that it refuses', (name) => {
  expect(complaintOf(command('catalog'), { ...ALL, [name]: 'hunter2' })).not.toContain('hunter2');
});

it.each<[Record<string, string>, string]>([
  [{ KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_SASL_MECHANISM needs KAFKA_SASL_USERNAME; KAFKA_SASL_MECHANISM needs KAFKA_SASL_PASSWORD'],
  [{ KAFKA_SASL_USERNAME: 'shop' }, 'KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD need KAFKA_SASL_MECHANISM: without it nobody signs in'],
  [{ KAFKA_CA: '-----BEGIN CERTIFICATE-----' }, 'KAFKA_CA needs KAFKA_TLS=on'],
  [{ RPC_TLS_CERT: '-----BEGIN CERTIFICATE-----' }, 'RPC_TLS_CERT, RPC_TLS_KEY and RPC_TLS_CA need each other'],
])('refuses %j: %s', (half, message) => expect(complaintOf(command('catalog'), { ...ALL, ...half })).toBe(`Bad environment: ${message}.`));

it('refuses a certificate’s authority for a ClickHouse that is asked in the open, and repeats no address that may hold a password', () => {
  const ca = '-----BEGIN CERTIFICATE-----';
  expect(complaintOf(queryApiConfig, { ...ALL, CLICKHOUSE_CA: ca })).toBe('Bad environment: CLICKHOUSE_CA needs an https address in CLICKHOUSE_URL.');
  expect(queryApiConfig({ ...ALL, CLICKHOUSE_CA: ca, CLICKHOUSE_URL: 'https://clickhouse:8443' }).clickhouse.ca).toBe(ca);
  expect(complaintOf(queryApiConfig, { ...ALL, CLICKHOUSE_URL: 'ftp://shop:hunter2@clickhouse' })).toBe(
    'Bad environment: CLICKHOUSE_URL must be an http(s) address.',
  );
});

it('signs with nothing weaker than RSA of 2048 bits', () => {
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  const weak = String(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(pem));
  const other = String(generateKeyPairSync('ed25519').privateKey.export(pem));
  for (const key of [weak, other, 'no key'])
    expect(complaintOf(command('identity'), { ...ALL, JWT_PRIVATE_KEY: key })).toMatch(
      /^Bad environment: JWT_PRIVATE_KEY must be an RSA private key/,
    );
});

describe('a variable from a file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nebulocart-config-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('is the file’s text without the line end that editors leave', () => {
    const { RPC_SECRET: _, ...others } = ALL;
    const read = command('catalog')({
      ...others,
      RPC_SECRET_FILE: file('secret', `${'f'.repeat(40)}\n`),
      DATABASE_CA_FILE: file('ca', '-----BEGIN CERTIFICATE-----\n'),
    });
    expect(read.rpc.secret).toBe('f'.repeat(40));
    expect(read.databases.ca).toBe('-----BEGIN CERTIFICATE-----');
  });

  it('is refused where both are given, or the file cannot be read, and that once', () => {
    expect(complaintOf(command('catalog'), { ...ALL, RPC_SECRET_FILE: file('secret', 'f'.repeat(40)) })).toBe(
      'Bad environment: RPC_SECRET and RPC_SECRET_FILE are both set: leave one of them out.',
    );
    const { RPC_SECRET: _, ...others } = ALL;
    expect(complaintOf(command('catalog'), { ...others, RPC_SECRET_FILE: join(folder, 'none') })).toBe(
      `Bad environment: RPC_SECRET_FILE must name a file that this process can read, not "${folder}/none" (ENOENT).`,
    );
  });

  it('counts as not set where it is empty', () => {
    const { RPC_SECRET: _, ...others } = ALL;
    expect(requiredBy(command('catalog'), { ...others, RPC_SECRET_FILE: file('secret', '\n') })).toEqual(['RPC_SECRET']);
  });
});
