import type { InlineRow } from './event-store.js';

/** A key that access tokens are signed with. Instants are ISO 8601 UTC. */
export interface SigningKey {
  /** Names the key in the header of its tokens. */
  readonly kid: string;
  /** The public half as a JSON Web Key. */
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** The private half, PEM (PKCS #8); null in a process that only verifies. It leaves a process only wrapped. */
  readonly privateKey: string | null;
  readonly createdAt: string;
  /** Known to everybody from its creation on, it signs from here on until a later key does. */
  readonly signsFrom: string;
  /** When the last token signed with it has expired; null while no later key was made. */
  readonly verifyUntil: string | null;
}

/** Where signing keys are kept, for every process that signs or verifies. */
export abstract class SigningKeyStore {
  abstract all(): Promise<SigningKey[]>;
  /** Keeps a key that was made elsewhere, unless it is known. */
  abstract adopt(key: SigningKey): Promise<void>;
  /** The rows that keep these keys, for the transaction that tells of them. */
  abstract rows(keys: readonly SigningKey[]): Promise<InlineRow[]>;
}
