import { createPrivateKey, createPublicKey, generateKeyPair, hash, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '@kernel/clock.js';
import { SigningKeyStore, type SigningKey } from '@kernel/ports/signing-keys.js';
import { AuthOptions, TOKEN_ALGORITHM } from './auth-options.js';

/** How long everybody may keep what `/.well-known/jwks.json` answered, seconds. */
export const KEYS_MAX_AGE_SECONDS = 60;
/** From the publication of a key to its first signature, seconds: longer than anybody keeps an old set of keys. */
const ACTIVATION_SECONDS = 90;
/** For clocks that differ between those who sign and those who verify, seconds. */
const CLOCK_SLACK_SECONDS = 60;
/** How often the keys are read again, ms; also the shortest time between two reads for the sake of a key that nobody knows. */
const RELOAD_MS = 5_000;

/** A public key as RFC 7517 publishes it. */
export interface PublishedKey {
  readonly kty: string;
  readonly n: string;
  readonly e: string;
  readonly kid: string;
  readonly alg: typeof TOKEN_ALGORITHM;
  readonly use: 'sig';
}

interface LoadedKey extends SigningKey {
  /** Null in a process that only verifies. */
  readonly signer: KeyObject | null;
  readonly verifier: KeyObject;
}

/** The keys of access tokens: the one that signs now, those that verify, and how one follows another without a token being refused. */
@Injectable()
export class SigningKeys implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(SigningKeys.name);
  private keys: readonly LoadedKey[] = [];
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | null = null;
  private lastRead = -Infinity;
  private firstKid = '';
  private changes = 0;

  constructor(
    private readonly store: SigningKeyStore,
    private readonly options: AuthOptions,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.adoptFirst();
    await this.reload();
    // A read that fails is logged; the keys stay as they were known.
    this.timer = setInterval(() => void this.reload().catch((error: unknown) => this.logger.error(error, 'cannot read the signing keys')), RELOAD_MS);
    this.timer.unref();
  }

  private async adoptFirst(): Promise<void> {
    const { privateKey } = this.options;
    if (privateKey === undefined) return;
    const first = describe(createPrivateKey(privateKey), 0, 0);
    this.firstKid = first.kid;
    await this.store.adopt(first);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.reading?.catch(() => undefined);
  }

  /** Another number whenever the keys are others, or are good for another time: what was verified by them may no longer hold. */
  get generation(): number {
    return this.changes;
  }

  /** The key that signs now: of those whose time has come, the latest; where they were all withdrawn, the first to come. */
  current(): { readonly kid: string; readonly key: KeyObject } {
    const now = this.now();
    const usable = this.usable();
    const key = usable.findLast(({ signsFrom }) => Date.parse(signsFrom) <= now) ?? usable[0];
    if (!key?.signer) throw new Error('there is no key to sign with');
    return { kid: key.kid, key: key.signer };
  }

  /**
   * The public key of a token. Tokens from before keys had names are the first key's. For a name that is not known the keys are read again,
   * at most once in some seconds: whoever invents names must not cost a query each.
   */
  async find(kid: string | undefined): Promise<KeyObject | undefined> {
    const wanted = kid ?? this.firstKid;
    const known = this.verifier(wanted);
    if (known || performance.now() - this.lastRead < RELOAD_MS) return known;
    await this.reload();
    return this.verifier(wanted);
  }

  /** Every key by which a token may be verified now or soon. */
  published(): PublishedKey[] {
    return this.usable().map(({ kid, publicJwk }) => {
      const { kty, n, e } = publicJwk as { kty: string; n: string; e: string };
      return { kty, n, e, kid, alg: TOKEN_ALGORITHM, use: 'sig' };
    });
  }

  /** A new key with the ones that it replaces, which verify until their last token has expired. Nothing is stored yet. */
  async successor(): Promise<{ readonly key: SigningKey; readonly replaced: SigningKey[] }> {
    await this.reload();
    const now = this.now();
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const key = describe(privateKey, now, now + ACTIVATION_SECONDS * 1000);
    const lastToken = Date.parse(key.signsFrom) + (this.options.ttlSeconds + CLOCK_SLACK_SECONDS) * 1000;
    const replaced = this.keys.filter(({ verifyUntil }) => verifyUntil === null).map((old) => ({ ...storedPart(old), verifyUntil: iso(lastToken) }));
    return { key, replaced };
  }

  /** Reads the keys as they are stored. */
  reload(): Promise<void> {
    this.reading ??= this.read().finally(() => (this.reading = null));
    return this.reading;
  }

  private async read(): Promise<void> {
    this.lastRead = performance.now();
    const known = new Map(this.keys.map((key) => [key.kid, key]));
    const stored = await this.store.all();
    if (stored.length !== known.size || stored.some(({ kid, verifyUntil }) => known.get(kid)?.verifyUntil !== verifyUntil)) this.changes++;
    this.keys = stored
      .map((key) => ({ ...(known.get(key.kid) ?? halves(key)), ...key }))
      .sort((a, b) => Date.parse(a.signsFrom) - Date.parse(b.signsFrom));
  }

  private verifier(kid: string): KeyObject | undefined {
    return this.usable().find((key) => key.kid === kid)?.verifier;
  }

  private usable(): LoadedKey[] {
    const now = this.now();
    return this.keys.filter(({ verifyUntil }) => verifyUntil === null || Date.parse(verifyUntil) > now);
  }

  private now(): number {
    return Date.parse(this.clock.now());
  }
}

const storedPart = ({ kid, publicJwk, privateKey, createdAt, signsFrom, verifyUntil }: LoadedKey): SigningKey => ({
  kid,
  publicJwk,
  privateKey,
  createdAt,
  signsFrom,
  verifyUntil,
});

const iso = (ms: number): string => new Date(ms).toISOString();

function describe(privateKey: KeyObject, createdAt: number, signsFrom: number): SigningKey {
  const { kty, n, e } = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    // RFC 7638: whoever has the key computes the same name for it.
    kid: hash('sha256', JSON.stringify({ e, kty, n }), 'base64url'),
    publicJwk: { kty, n, e },
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    createdAt: iso(createdAt),
    signsFrom: iso(signsFrom),
    verifyUntil: null,
  };
}

function halves({ privateKey, publicJwk }: SigningKey): { signer: KeyObject | null; verifier: KeyObject } {
  if (privateKey === null) return { signer: null, verifier: createPublicKey({ key: publicJwk as JsonWebKey, format: 'jwk' }) };
  const signer = createPrivateKey(privateKey);
  return { signer, verifier: createPublicKey(signer) };
}
