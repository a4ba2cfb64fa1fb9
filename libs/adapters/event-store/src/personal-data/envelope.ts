import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { PersonalData, type Sealed } from '@kernel/ports/personal-data.js';
import { Refusal } from '@kernel/refusal.js';
import { KeyCache } from './key-cache.js';
import { derive, KEY_BYTES, type KeyWrapper } from './key-wrapper.js';
import type { StoredKey, SubjectKeys } from './subject-keys.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Personal data in envelopes: AES-256-GCM under the subject's own key, bound to the subject's id. */
export class EnvelopePersonalData extends PersonalData {
  private readonly lookupKey: Buffer;
  /** Keys being made, so that sealing two fields of a new subject at once makes one. */
  private readonly making = new Map<string, Promise<Buffer | null>>();
  /** Changes with every key that is dropped: a look-up that began before must not put it back into the cache after it. */
  private erasures = 0;

  constructor(
    private readonly keys: SubjectKeys,
    private readonly wrapper: KeyWrapper,
    masterKey: Buffer,
    private readonly cache = new KeyCache(),
  ) {
    super();
    this.lookupKey = derive(masterKey, 'lookup-hash');
  }

  /** @throws Refusal `personal-data.subject-forgotten` once the subject's key is destroyed */
  async seal(subject: string, plain: string): Promise<Sealed> {
    const key = this.cache.get(subject) ?? (await this.makeOnce(subject));
    if (!key)
      throw new Refusal(
        'personal-data.subject-forgotten',
        'conflict',
        'The personal data of this subject was erased; nothing new can be kept for it',
      );
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(subject));
    const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return { subject, iv: iv.toString('base64'), tag: cipher.getAuthTag().toString('base64'), data: data.toString('base64') };
  }

  /** @throws Error when the envelope or its key was altered: that is damage, not erasure */
  async open(sealed: Sealed): Promise<string | null> {
    const key = this.cache.get(sealed.subject) ?? (await this.remember(sealed.subject, this.keys.find(sealed.subject)));
    if (!key) return null;
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.iv, 'base64'), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(sealed.subject))
      .setAuthTag(Buffer.from(sealed.tag, 'base64'));
    return Buffer.concat([decipher.update(sealed.data, 'base64'), decipher.final()]).toString('utf8');
  }

  lookupHash(value: string): string {
    return createHmac('sha256', this.lookupKey).update(value).digest('hex');
  }

  async forget(subject: string): Promise<void> {
    await this.keys.destroy(subject);
    this.drop(subject);
  }

  /** Has the key looked up again at its next use: another process may have destroyed it. */
  drop(subject: string): void {
    this.erasures++;
    this.cache.delete(subject);
  }

  private makeOnce(subject: string): Promise<Buffer | null> {
    const underWay = this.making.get(subject);
    if (underWay) return underWay;
    const made = this.remember(subject, this.make(subject)).finally(() => this.making.delete(subject));
    this.making.set(subject, made);
    return made;
  }

  private async make(subject: string): Promise<StoredKey> {
    return this.keys.keep(subject, await this.wrapper.wrap(subject, randomBytes(KEY_BYTES)));
  }

  private async remember(subject: string, finding: Promise<StoredKey | null>): Promise<Buffer | null> {
    const { erasures } = this;
    const stored = await finding;
    if (stored === null || stored === 'destroyed') return null;
    const key = await this.wrapper.unwrap(subject, stored);
    if (erasures === this.erasures) this.cache.set(subject, key);
    return key;
  }
}
