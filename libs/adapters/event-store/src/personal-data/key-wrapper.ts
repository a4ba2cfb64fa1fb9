import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Wraps subjects' keys, so that the database alone opens nothing. A key management service fits behind it. */
export abstract class KeyWrapper {
  /** The wrapped key; it unwraps for the same subject only. */
  abstract wrap(subject: string, key: Buffer): Promise<Buffer>;
  /** @throws Error when the wrapped key was altered, is another subject's, or was wrapped by another master key */
  abstract unwrap(subject: string, wrapped: Buffer): Promise<Buffer>;
}

/** One purpose, one key: what leaks of one derived key says nothing of another. @throws RangeError for a master key that is not 32 bytes */
export function derive(masterKey: Buffer, purpose: string): Buffer {
  if (masterKey.length !== KEY_BYTES) throw new RangeError(`the master key must have ${KEY_BYTES} bytes`);
  return Buffer.from(hkdfSync('sha256', masterKey, '', `nebulocart/${purpose}/v1`, KEY_BYTES));
}

/** AES-256-GCM under a key derived from the master key in this process. Layout: iv, tag, wrapped key. */
export class MasterKeyWrapper extends KeyWrapper {
  private readonly key: Buffer;

  constructor(masterKey: Buffer) {
    super();
    this.key = derive(masterKey, 'key-wrap');
  }

  async wrap(subject: string, key: Buffer): Promise<Buffer> {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(subject));
    const wrapped = Buffer.concat([cipher.update(key), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), wrapped]);
  }

  async unwrap(subject: string, wrapped: Buffer): Promise<Buffer> {
    const iv = wrapped.subarray(0, IV_BYTES);
    const tag = wrapped.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(subject)).setAuthTag(tag);
    return Buffer.concat([decipher.update(wrapped.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  }
}
