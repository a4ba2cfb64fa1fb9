import { createPrivateKey } from 'node:crypto';
import { hostname as machineName } from 'node:os';
import { z } from 'zod';
import { variable, type Variable } from '@adapters/runtime/src/config/environment.js';
import { listOf, oneOf, wholeNumber } from '@adapters/runtime/src/config/variables.js';
import { CONTEXTS, type Context } from '../contexts.js';

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
const KEY_BYTES = 32;

const pem = (what: string) => variable({ schema: z.string().regex(/-----BEGIN [A-Z ]+-----/), must: `be ${what} in PEM`, secret: true });
const secret = variable({ schema: z.string().min(KEY_BYTES), must: `have at least ${KEY_BYTES} characters`, secret: true });
const addresses = variable({
  schema: z.string().transform(listOf(isAddress)),
  must: 'be addresses such as "10.0.0.4:4001,10.0.0.5:4001"',
});
const clickhouseWord = variable({ schema: z.string().optional(), must: 'be a text', secret: true });

/** What only processes of one role read. */
export const ROLE_VARIABLES = {
  CONTEXTS: variable({
    schema: z.string().transform(contexts),
    must: `name contexts such as "catalog" or "catalog,ordering", of ${CONTEXTS.join(', ')}`,
  }),
  SHUTDOWN_DELAY_MS: variable({ schema: wholeNumber(0, 120_000), must: 'be a whole number of milliseconds from 0 to 120000', fallback: '0' }),
  SHUTDOWN_TIMEOUT_MS: variable({
    schema: wholeNumber(1_000, 600_000),
    must: 'be a whole number of milliseconds from 1000 to 600000',
    fallback: '20000',
  }),
  DATABASE_URL: variable({
    schema: z.string().refine(isDatabaseUrl),
    must: `be an address such as postgres://user:password@host:5432/database, with sslmode one of ${SSL_MODES.join(', ')} if any`,
    secret: true,
  }),
  CA: pem('the certificate of an authority'),
  DATABASE_POOL_MAX: variable({ schema: wholeNumber(2, 500), must: 'be a whole number from 2 to 500', fallback: '20' }),
  DATABASE_POOL_IDLE_SECONDS: variable({ schema: wholeNumber(1, 3_600), must: 'be a whole number of seconds from 1 to 3600', fallback: '30' }),
  DATABASE_CONNECT_MS: variable({
    schema: wholeNumber(100, 60_000),
    must: 'be a whole number of milliseconds from 100 to 60000',
    fallback: '2000',
  }),
  MIGRATIONS: variable({ schema: oneOf(['run', 'wait']), must: 'be run or wait', fallback: 'run' }),
  INSTANCE_NAME: variable({
    schema: z
      .string()
      .transform((name) => (name === 'hostname' ? machineName() : name))
      .pipe(z.string().regex(/^[A-Za-z0-9._-]{1,100}$/))
      .optional(),
    must: 'have 1 to 100 letters, digits, dots, underscores and hyphens, or be hostname: the name of this machine, where it is like that',
  }),
  KAFKA_BROKERS: addresses,
  KAFKA_PARTITIONS: variable({ schema: wholeNumber(1, 1_000), must: 'be a whole number from 1 to 1000', fallback: '8' }),
  KAFKA_REPLICATION: variable({ schema: wholeNumber(1, 9), must: 'be a whole number from 1 to 9', fallback: '1' }),
  KAFKA_TLS: variable({ schema: oneOf(['on', 'off']), must: 'be on or off', fallback: 'off' }),
  KAFKA_SASL_MECHANISM: variable({
    schema: oneOf(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
    must: 'be plain, scram-sha-256 or scram-sha-512',
  }),
  KAFKA_SASL_USERNAME: variable({ schema: z.string().optional(), must: 'be a name' }),
  KAFKA_SASL_PASSWORD: variable({ schema: z.string().optional(), must: 'be a password', secret: true }),
  CLICKHOUSE_URL: variable({ schema: z.url({ protocol: /^https?$/ }), must: 'be an http(s) address', secret: true }),
  CLICKHOUSE_USER: clickhouseWord,
  CLICKHOUSE_PASSWORD: clickhouseWord,
  RPC_PORT: variable({ schema: wholeNumber(0, 65_535), must: 'be a port number from 1 to 65535 (0 takes a free one)' }),
  RPC_HOST: variable({ schema: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')]).optional(), must: 'be an IP address of this machine' }),
  RPC_SECRET: secret,
  RPC_TIMEOUT_MS: variable({ schema: wholeNumber(50, 60_000), must: 'be a whole number of milliseconds from 50 to 60000', fallback: '2000' }),
  RPC_ADDRESSES: addresses,
  RPC_TLS_CERT: pem('a certificate'),
  RPC_TLS_KEY: pem('a private key'),
  MASTER_KEY: variable({
    schema: z.string().transform(masterKey),
    must: `be ${KEY_BYTES} bytes in base64, as from: openssl rand -base64 ${KEY_BYTES}`,
    secret: true,
  }),
  JWT_PRIVATE_KEY: variable({
    schema: z.string().refine(isSigningKey),
    must: 'be an RSA private key of at least 2048 bits in PEM (PKCS #8)',
    secret: true,
  }),
  PAYMENT_CALLBACK_KEY: secret,
  PAYMENT_CALLBACK_URL: variable({ schema: z.url({ protocol: /^https?$/ }).optional(), must: 'be an http(s) address' }),
} satisfies Record<string, Variable>;

function contexts(text: string, context: z.RefinementCtx): Context[] {
  const entries = listOf((entry) => (CONTEXTS as readonly string[]).includes(entry))(text, context);
  return [...new Set(entries)] as Context[];
}

function isAddress(entry: string): boolean {
  const [, host, port] = /^(\[[\da-f:]+\]|[^\s:/@]+):(\d{1,5})$/i.exec(entry) ?? [];
  return host !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

function isDatabaseUrl(text: string): boolean {
  if (!/^postgres(?:ql)?:/.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname, searchParams } = new URL(text);
  return hostname !== '' && pathname.length > 1 && SSL_MODES.includes(searchParams.get('sslmode') ?? 'disable');
}

function masterKey(text: string, context: z.RefinementCtx): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64') !== text.trim()) context.addIssue({ code: 'custom', message: 'another length' });
  return key;
}

function isSigningKey(text: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(text);
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048;
  } catch {
    return false;
  }
}
