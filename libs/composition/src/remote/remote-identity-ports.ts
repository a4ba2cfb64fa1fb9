import { SubjectKeys, type StoredKey } from '@adapters/event-store/src/personal-data/subject-keys.js';
import { RevocationSource, type Revocation } from '@adapters/event-store/src/tokens/revocation-source.js';
import type { RpcClient } from '@adapters/rpc/src/rpc-client.js';
import type { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import { SigningKeyStore, type SigningKey } from '@kernel/ports/signing-keys.js';
import type { IdentityPorts } from '../identity-ports.js';

const FIND_KEY = 'identity.find-subject-key';
const KEEP_KEY = 'identity.keep-subject-key';
const SIGNING_KEYS = 'identity.signing-keys';
const REVOCATIONS = 'identity.revocations';

/** On the wire a wrapped key is base64. Unwrapped keys never travel. */
type SentKey = { readonly wrapped: string } | 'destroyed' | null;

const toSent = (key: StoredKey | null): SentKey => (Buffer.isBuffer(key) ? { wrapped: key.toString('base64') } : key);
const fromSent = (sent: SentKey): StoredKey | null => (sent !== null && typeof sent === 'object' ? Buffer.from(sent.wrapped, 'base64') : sent);

/** Subjects' wrapped keys, kept by identity. Only identity destroys them: others lose them when what they remember goes stale. */
class RemoteSubjectKeys extends SubjectKeys {
  constructor(private readonly identity: RpcClient) {
    super();
  }

  async find(subject: string): Promise<StoredKey | null> {
    return fromSent(await this.identity.call<SentKey>(FIND_KEY, { subject }));
  }

  async keep(subject: string, wrapped: Buffer): Promise<StoredKey> {
    return fromSent(await this.identity.call<SentKey>(KEEP_KEY, { subject, wrapped: wrapped.toString('base64') }))!;
  }

  destroy(): Promise<void> {
    return Promise.reject(new Error('identity alone erases people'));
  }
}

/** The public halves of the signing keys: enough to verify by, for a process that never signs. */
class RemoteSigningKeys extends SigningKeyStore {
  constructor(private readonly identity: RpcClient) {
    super();
  }

  async all(): Promise<SigningKey[]> {
    const keys = await this.identity.call<Omit<SigningKey, 'privateKey'>[]>(SIGNING_KEYS);
    return keys.map((key) => ({ ...key, privateKey: null }));
  }

  adopt(): Promise<void> {
    return Promise.reject(new Error('identity alone keeps signing keys'));
  }

  rows(): Promise<never> {
    return Promise.reject(new Error('identity alone keeps signing keys'));
  }
}

class RemoteRevocations extends RevocationSource {
  constructor(private readonly identity: RpcClient) {
    super();
  }

  since(newest: number | null): Promise<Revocation[]> {
    return this.identity.call<Revocation[]>(REVOCATIONS, { newest });
  }

  /** Identity prunes its own. */
  async prune(): Promise<string[]> {
    return [];
  }
}

/** Answered by identity in another process. */
export const remoteIdentityPorts = (identity: RpcClient): IdentityPorts => ({
  subjectKeys: new RemoteSubjectKeys(identity),
  signingKeys: new RemoteSigningKeys(identity),
  revocations: new RemoteRevocations(identity),
});

export function serveIdentityPorts(server: RpcServer, { subjectKeys, signingKeys, revocations }: IdentityPorts): void {
  server.answer<{ subject: string }>(FIND_KEY, async ({ subject }) => toSent(await subjectKeys.find(subject)));
  server.answer<{ subject: string; wrapped: string }>(KEEP_KEY, async ({ subject, wrapped }) =>
    toSent(await subjectKeys.keep(subject, Buffer.from(wrapped, 'base64'))),
  );
  // Named one by one: a private half must never slip in.
  server.answer(SIGNING_KEYS, async () =>
    (await signingKeys.all()).map(({ kid, publicJwk, createdAt, signsFrom, verifyUntil }) => ({ kid, publicJwk, createdAt, signsFrom, verifyUntil })),
  );
  server.answer<{ newest: number | null }>(REVOCATIONS, ({ newest }) => revocations.since(newest));
}
