// What a cluster keeps secret: made once, each in a file of its own, given to processes as NAME_FILE.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const EVENT_CONTEXTS = ['identity', 'catalog', 'ordering'];
/** Contexts with a database. */
export const CONTEXTS = [...EVENT_CONTEXTS, 'analytics'];

/** 192 random bits as text that needs no quoting anywhere. */
const password = () => randomBytes(24).toString('base64url');
const key = () => randomBytes(32).toString('base64');
const signingKey = () => generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }).privateKey;

const MAKERS = {
  'master-key': key,
  'jwt-private-key.pem': signingKey,
  'payment-callback-key': key,
  'rpc-secret': key,
  'admin-password': password,
  'redis-password': password,
  'clickhouse-password': password,
  'postgres-superuser-password': password,
  ...Object.fromEntries(CONTEXTS.flatMap((context) => [`${context}_password`, `${context}_reader_password`].map((name) => [name, password]))),
};

/**
 * The secrets of a folder, those that are missing made. A file appears whole or not at all.
 * @param {string} folder
 * @param {number} [mode] of the files; their folder is its owner's alone
 */
export function keepSecrets(folder, mode = 0o600) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    /** Path of a secret's file. */
    file: (name) => join(folder, name),
    /** A secret itself, for what takes no file. */
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    /** Keeps a text that is made of other secrets, such as an address with a password; it follows them. */
    write: (name, text) => writeOver(join(folder, name), text, mode),
    make: () => Object.entries(MAKERS).forEach(([name, make]) => writeOnce(join(folder, name), make, mode)),
  };
}

/** Keeps the addresses of every context's database, with the password of its owner and, of those that hold events, of its reader. */
export function writeDatabaseUrls(secrets, addressOf) {
  for (const context of CONTEXTS) {
    const url = (role) => `postgres://${role}:${secrets.read(`${role}_password`)}@${addressOf(context)}/${context}`;
    secrets.write(`${context}_database_url`, url(context));
    if (EVENT_CONTEXTS.includes(context)) secrets.write(`${context}_reader_url`, url(`${context}_reader`));
  }
}

function writeOnce(file, make, mode) {
  try {
    readFileSync(file);
    return;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, make(), { mode, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}

function writeOver(file, text, mode) {
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode });
  return file;
}
