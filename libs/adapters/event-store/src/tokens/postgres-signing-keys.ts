import type { InlineRow } from '@kernel/ports/event-store.js';
import { SigningKeyStore, type SigningKey } from '@kernel/ports/signing-keys.js';
import type { ContextDatabase } from '../context-database.js';
import type { KeyWrapper } from '../personal-data/key-wrapper.js';

interface KeyRow {
  readonly kid: string;
  readonly public_jwk: Record<string, unknown>;
  readonly wrapped_private_key: Buffer;
  readonly created_at: Date;
  readonly signs_from: Date;
  readonly verify_until: Date | null;
}

/** Signing keys in `identity.signing_keys`, private halves wrapped by the master key and bound to their `kid`. */
export class PostgresSigningKeys extends SigningKeyStore {
  constructor(
    private readonly database: ContextDatabase,
    private readonly wrapper: KeyWrapper,
  ) {
    super();
  }

  /** @throws Error where a private key was altered, or was wrapped by another master key */
  async all(): Promise<SigningKey[]> {
    const text = 'select kid, public_jwk, wrapped_private_key, created_at, signs_from, verify_until from identity.signing_keys order by signs_from';
    const rows = await this.database.query<KeyRow>({ name: 'signing-keys.all', text }, []);
    return Promise.all(
      rows.map(async (row) => ({
        kid: row.kid,
        publicJwk: row.public_jwk,
        privateKey: (await this.wrapper.unwrap(subjectOf(row.kid), row.wrapped_private_key)).toString('utf8'),
        createdAt: instant(row.created_at),
        signsFrom: instant(row.signs_from),
        verifyUntil: row.verify_until && instant(row.verify_until),
      })),
    );
  }

  async adopt(key: SigningKey): Promise<void> {
    const text = `insert into identity.signing_keys (kid, public_jwk, wrapped_private_key, created_at, signs_from, verify_until)
                  values ($1, $2, $3, $4, $5, $6) on conflict do nothing`;
    const wrapped = await this.wrapped(key);
    const values = [key.kid, JSON.stringify(key.publicJwk), wrapped, key.createdAt, key.signsFrom, key.verifyUntil];
    await this.database.query({ name: 'signing-keys.adopt', text }, values);
  }

  rows(keys: readonly SigningKey[]): Promise<InlineRow[]> {
    return Promise.all(
      keys.map(async (key) => ({
        table: 'signing_keys',
        key: 'kid',
        row: {
          kid: key.kid,
          public_jwk: key.publicJwk,
          wrapped_private_key: `\\x${(await this.wrapped(key)).toString('hex')}`,
          created_at: key.createdAt,
          signs_from: key.signsFrom,
          verify_until: key.verifyUntil,
          version: 0,
        },
      })),
    );
  }

  private async wrapped({ kid, privateKey }: SigningKey): Promise<Buffer> {
    if (privateKey === null) throw new Error(`the private half of the signing key ${kid} is not here to be kept`);
    return this.wrapper.wrap(subjectOf(kid), Buffer.from(privateKey, 'utf8'));
  }
}

/** A key of personal data cannot pass for one of these, nor the other way round. */
const subjectOf = (kid: string): string => `signing-key:${kid}`;

/** The driver gives dates, or text where the connection was told to. */
const instant = (value: Date | string): string => new Date(value).toISOString();
