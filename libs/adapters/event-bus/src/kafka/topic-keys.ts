import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';

/** What a signature is for: one of an event is none of a command. */
type Purpose = 'events' | 'commands';

/** The secret that the services share, and another that is still, or already, believed while it is exchanged. */
export interface ServiceSecrets {
  readonly secret: string;
  readonly previousSecret?: string | undefined;
}

/** Signs what goes to a topic, and tells what of a topic was signed by somebody who has the secret. */
export class TopicKeys {
  private readonly keys: Readonly<Record<Purpose, readonly KeyObject[]>>;

  constructor({ secret, previousSecret }: ServiceSecrets) {
    const secrets = previousSecret === undefined ? [secret] : [secret, previousSecret];
    const derived = (purpose: Purpose) => secrets.map((each) => keyOf(each, purpose));
    this.keys = { events: derived('events'), commands: derived('commands') };
  }

  sign(purpose: Purpose, text: string): string {
    return macOf(this.keys[purpose][0]!, text).toString('base64url');
  }

  isSigned(purpose: Purpose, text: string, signature: string): boolean {
    const given = Buffer.from(signature, 'base64url');
    return this.keys[purpose].some((key) => {
      const right = macOf(key, text);
      return given.length === right.length && timingSafeEqual(given, right);
    });
  }
}

const macOf = (key: KeyObject, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const keyOf = (secret: string, purpose: Purpose): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `nebulocart topics: ${purpose}`, 32)));
