import { setTimeout as sleep } from 'node:timers/promises';
import type { Breaker, Breakers } from '@kernel/ports/breakers.js';
import type { ClaimedCallback, SimulatedBook } from './book.js';
import { signature, SIGNATURE_HEADER } from './signature.js';
import { CLAIM, DELIVERED, LATER, type Statements } from './statements.js';

export interface CallbackOptions {
  readonly statements: Statements;
  readonly book: SimulatedBook;
  readonly secret: string;
  /** How long a receiver has to answer. */
  readonly timeoutMs: number;
  readonly breaker?: Breaker;
  /** Told of what goes wrong here, not of receivers that do not answer. */
  readonly onError: (error: unknown) => void;
}

/** Most callbacks on their way at once. */
const AT_ONCE = 32;
const POLL_MS = { busy: 10, idle: 500 };
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [250, 60_000];

/**
 * Sends what the service has to tell, until it is answered with a 2xx. Everything that is due is a row: what a dead process was sending is sent
 * again once its lease is over, so a receiver may get it twice.
 */
export class Callbacks {
  private url: string | null = null;
  private running: Promise<void> | null = null;
  private stopped = new AbortController();
  private poked: AbortController | null = null;
  private readonly sending = new Set<Promise<void>>();

  constructor(private readonly options: CallbackOptions) {}

  /** How long a claimed callback is left to its sender. */
  get leaseMs(): number {
    return this.options.timeoutMs + 1_000;
  }

  start(url: string): void {
    if (this.running) throw new Error('callbacks are being sent already');
    this.url = url;
    this.stopped = new AbortController();
    this.running = this.run(this.stopped.signal);
  }

  /** Ends what is on its way; it is sent again after the next start. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.poke();
    await this.running;
    this.running = null;
  }

  /** Looks at once for what is due. */
  poke(): void {
    this.poked?.abort();
  }

  private async run(stopped: AbortSignal): Promise<void> {
    let wait = POLL_MS.busy;
    while (!stopped.aborted) {
      this.poked = new AbortController();
      if (await this.turn()) wait = POLL_MS.busy;
      else {
        await sleep(wait, undefined, { signal: this.poked.signal }).catch(() => undefined);
        wait = this.poked.signal.aborted ? POLL_MS.busy : Math.min(wait * 2, POLL_MS.idle);
      }
    }
    await Promise.all(this.sending);
  }

  /** Whether there was anything to do. */
  private async turn(): Promise<boolean> {
    const { book, statements, onError } = this.options;
    try {
      const told = await book.settle();
      const free = AT_ONCE - this.sending.size;
      const claimed = free > 0 ? await statements.query<ClaimedCallback>(CLAIM, [free, this.leaseMs]) : [];
      for (const callback of claimed) this.track(this.send(callback));
      return told + claimed.length > 0;
    } catch (error) {
      onError(error);
      return false;
    }
  }

  private track(sent: Promise<void>): void {
    const tracked = sent.catch(this.options.onError).finally(() => {
      const wasFull = this.sending.size >= AT_ONCE;
      this.sending.delete(tracked);
      if (wasFull) this.poke();
    });
    this.sending.add(tracked);
  }

  /** One attempt; a callback that nobody took is put off. Rejects only where the book cannot be written. */
  async send(callback: ClaimedCallback): Promise<void> {
    const { statements } = this.options;
    if (await this.post(callback.body)) await statements.query(DELIVERED, [callback.id]);
    else await statements.query(LATER, [callback.id, retryMs(callback.attempts)]);
  }

  private async post(body: string): Promise<boolean> {
    if (!this.url || this.stopped.signal.aborted) return false;
    try {
      const { breaker } = this.options;
      await (breaker ? breaker.run(() => this.deliver(body)) : this.deliver(body));
      return true;
    } catch {
      return false;
    }
  }

  /** @throws Error where the receiver did not take it */
  private async deliver(body: string): Promise<void> {
    const { secret, timeoutMs } = this.options;
    // Signed at each attempt: a receiver refuses what was signed too long ago.
    const signed = signature(secret, body, Math.floor(Date.now() / 1_000));
    const answer = await fetch(this.url!, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signed },
      body,
      redirect: 'error',
      signal: AbortSignal.any([this.stopped.signal, AbortSignal.timeout(timeoutMs)]),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`the receiver answers ${answer.status}`);
  }
}

/** A receiver that takes no callback is sent none for a second: each is put off, as after an attempt. */
export const callbackBreaker = (breakers: Breakers): Breaker =>
  breakers.make('payment-callbacks', {
    timeoutMs: 30_000,
    failures: 10,
    retryAfterMs: 1_000,
    refusal: () => new Error('the receiver of callbacks does not answer'),
  });

/** How long a callback waits after so many attempts. */
export const retryMs = (attempts: number): number => Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 20), LAST_RETRY_MS);
