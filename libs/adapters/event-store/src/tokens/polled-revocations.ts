import { metrics, type ObservableResult } from '@opentelemetry/api';
import { Revocations, type RevocableToken } from '@kernel/ports/revocations.js';
import type { Revocation, RevocationSource } from './revocation-source.js';

/** Longest life of an access token that can be configured, and somewhat more for clocks that differ, seconds. */
const LONGEST_TOKEN_SECONDS = 86_400 + 3_600;
/** Longest that a transaction which revokes takes from the stamp to its commit, ms. */
const COMMIT_MS = 5_000;
const PRUNE_EVERY_MS = 600_000;

const age = metrics.getMeter('nebulocart.tokens').createObservableGauge('nebulocart_revocations_age', {
  description: 'Since the revocations of access tokens were last read; a value that grows tells that ended sessions are still let in',
  unit: 's',
});

export interface PolledRevocationsOptions {
  readonly source: RevocationSource;
  readonly onError: (error: unknown) => void;
  /** Told once for each time that something about a user took back their tokens, erasure among it. */
  readonly onUser?: (userId: string) => void;
  /** From one look to the next, ms. */
  readonly intervalMs?: number;
}

/**
 * Revocations as identity has them, looked at every half second. While it does not answer, what is known counts and
 * tokens are accepted as before: a shop that let nobody in would be the worse failure, nothing can be signed or revoked meanwhile, and
 * `ageSeconds` tells of it.
 */
export class PolledRevocations extends Revocations {
  /** Up to when the tokens of a subject are revoked. */
  private known = new Map<string, number>();
  private readonly stamps = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;
  private lastSuccess: number | null = null;
  private lastPrune = 0;
  private newest: number | null = null;
  private readonly observe = (result: ObservableResult): void => {
    if (this.ageSeconds !== null) result.observe(this.ageSeconds);
  };

  constructor(private readonly options: PolledRevocationsOptions) {
    super();
  }

  isRevoked({ sessionId, userId, roles = [], issuedAt }: RevocableToken): boolean {
    if (this.known.has(`session:${sessionId}`)) return true;
    return this.covers(`user:${userId}`, issuedAt) || roles.some((role) => this.covers(`role:${role}`, issuedAt));
  }

  private covers(subject: string, issuedAt: number): boolean {
    const at = this.known.get(subject);
    return at !== undefined && issuedAt <= at;
  }

  /** How old what is known is, seconds; null before the first look. */
  get ageSeconds(): number | null {
    return this.lastSuccess === null ? null : (performance.now() - this.lastSuccess) / 1000;
  }

  /** Resolves once everything that was revoked is known. @throws Error where the first look fails */
  async start(): Promise<void> {
    await this.look();
    age.addCallback(this.observe);
    this.schedule();
  }

  async stop(): Promise<void> {
    age.removeCallback(this.observe);
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.looking?.catch(() => undefined);
    clearTimeout(this.timer);
  }

  /** Looks now. */
  async look(): Promise<void> {
    const rows: readonly Revocation[] = await this.options.source.since(this.newest);
    for (const { subject, at } of rows) {
      if (this.stamps.get(subject) !== at) this.take(subject, at);
      this.stamps.set(subject, at);
      this.newest = Math.max(this.newest ?? 0, at);
    }
    this.lastSuccess = performance.now();
    if (this.lastSuccess - this.lastPrune > PRUNE_EVERY_MS || this.lastPrune === 0) await this.prune();
  }

  private take(subject: string, at: number): void {
    this.known.set(subject, subject.startsWith('role:') ? committedBy(at) : at);
    if (subject.startsWith('user:')) this.options.onUser?.(subject.slice('user:'.length));
  }

  /** Rows of tokens that have all expired tell nothing any more. */
  private async prune(): Promise<void> {
    for (const subject of await this.options.source.prune(LONGEST_TOKEN_SECONDS)) this.drop(subject);
    const oldest = (this.newest ?? 0) - LONGEST_TOKEN_SECONDS * 1000;
    for (const [subject, at] of this.known) if (at < oldest) this.drop(subject);
    this.lastPrune = performance.now();
  }

  private drop(subject: string): void {
    this.known.delete(subject);
    this.stamps.delete(subject);
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.looking = this.look().catch((error: unknown) => this.options.onError(error));
      void this.looking.then(() => this.timer && this.schedule());
    }, this.options.intervalMs ?? 500).unref();
  }
}

/**
 * An instant after the commit of what was stamped then. A role is not locked while a token is signed for somebody who has it, so that what it
 * held before may be read after the stamp: such a token goes as well. Whoever is told so asks for the next one later than this.
 */
const committedBy = (at: number): number => Math.min(Date.now(), at + COMMIT_MS);
