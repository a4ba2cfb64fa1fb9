import { Revocations, type RevocableToken } from '@kernel/ports/revocations.js';
import { SigningKeyStore, type SigningKey } from '@kernel/ports/signing-keys.js';

/** Keys of one process, which forgets them when it ends. */
export class KeysInMemory extends SigningKeyStore {
  readonly keys: SigningKey[] = [];
  all = async () => this.keys;
  rows = async () => [];
  async adopt(key: SigningKey) {
    this.keys.push(key);
  }
}

/** Takes back what a test says. */
export class KnownRevocations extends Revocations {
  readonly revoked: RevocableToken[] = [];
  isRevoked = ({ sessionId, userId, issuedAt }: RevocableToken) =>
    this.revoked.some((each) => each.sessionId === sessionId || (each.userId === userId && issuedAt <= each.issuedAt));
}
