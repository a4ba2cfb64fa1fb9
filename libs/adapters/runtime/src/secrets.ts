import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readIfExists, secretFile } from './embedded/secret-file.js';
import { StartupError } from './startup-error.js';

const MASTER_KEY_BYTES = 32;

/** Keys that belong to one data directory. Losing the master key makes all personal data in it unreadable for good. */
export interface Secrets {
  /** RSA 2048, PEM (PKCS #8). */
  readonly jwtPrivateKey: string;
  /** PEM (SPKI). */
  readonly jwtPublicKey: string;
  /** 32 bytes that wrap the keys of personal data. */
  readonly masterKey: Buffer;
  /** Signs what the simulated payment service calls back. */
  readonly paymentCallbackKey: string;
}

/** Reads the keys of `dataDir`, making them at the first start; each file has mode 0600. @throws StartupError for a damaged one */
export async function loadSecrets(dataDir: string): Promise<Secrets> {
  const keyFile = join(dataDir, 'secrets', 'jwt-private-key.pem');
  const masterFile = join(dataDir, 'secrets', 'master-key');
  const made = readIfExists(keyFile) === undefined ? await signingKey() : '';
  const jwtPrivateKey = secretFile(keyFile, () => made);
  const masterKey = Buffer.from(
    secretFile(masterFile, () => randomBytes(MASTER_KEY_BYTES).toString('base64')),
    'base64',
  );
  if (masterKey.length !== MASTER_KEY_BYTES) throw damaged(masterFile);
  const paymentCallbackKey = secretFile(join(dataDir, 'secrets', 'payment-callback-key'), () =>
    randomBytes(MASTER_KEY_BYTES).toString('base64'),
  ).trim();
  return { jwtPrivateKey, jwtPublicKey: publicHalf(jwtPrivateKey, keyFile), masterKey, paymentCallbackKey };
}

async function signingKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function publicHalf(privateKey: string, file: string): string {
  try {
    return createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    throw damaged(file);
  }
}

const damaged = (file: string) => new StartupError(`${file} is damaged. Restore it from the backup of the same DATA_DIR.`);
