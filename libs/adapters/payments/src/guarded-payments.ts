import type { Money } from '@kernel/money.js';
import type { Breaker, Breakers } from '@kernel/ports/breakers.js';
import {
  PaymentProvider,
  type AuthoriseAnswer,
  type CaptureAnswer,
  type Charge,
  type KnownCharge,
  type ProviderNotice,
  type RefundAnswer,
  type VoidAnswer,
} from '@kernel/ports/payment-provider.js';
import { Refusal } from '@kernel/refusal.js';
import { unavailable } from './refusals.js';

/** More than the requests of one call take at their slowest, each of which has a time-out of its own. */
const CALL_MS = 120_000;
const FAILURES = 5;
const RETRY_AFTER_MS = 10_000;

/**
 * A provider behind a circuit breaker: one that does not answer is left alone for a while, and whoever asks is told at once that it is unavailable.
 * Workflows try again later what was unavailable. A decline or a refusal is an answer, and shows that the provider is there.
 */
export class GuardedPayments extends PaymentProvider {
  readonly name: string;
  readonly defaultToken: string | null;
  private readonly breaker: Breaker;

  constructor(
    private readonly provider: PaymentProvider,
    breakers: Breakers,
  ) {
    super();
    this.name = provider.name;
    this.defaultToken = provider.defaultToken;
    this.breaker = breakers.make(provider.name, {
      timeoutMs: CALL_MS,
      failures: FAILURES,
      retryAfterMs: RETRY_AFTER_MS,
      isFailure: (error) => !(error instanceof Refusal) || error.kind === 'unavailable',
      refusal: (reason) => unavailable(reason === 'open' ? 'it has not answered lately, and is not asked for some seconds' : 'it took too long'),
    });
  }

  authorise(charge: Charge): Promise<AuthoriseAnswer> {
    return this.breaker.run(() => this.provider.authorise(charge));
  }

  capture(charge: KnownCharge): Promise<CaptureAnswer> {
    return this.breaker.run(() => this.provider.capture(charge));
  }

  void(charge: KnownCharge): Promise<VoidAnswer> {
    return this.breaker.run(() => this.provider.void(charge));
  }

  refund(charge: KnownCharge, refund: { readonly refundId: string; readonly amount: Money }): Promise<RefundAnswer> {
    return this.breaker.run(() => this.provider.refund(charge, refund));
  }

  notice(body: string, headers: Readonly<Record<string, string | undefined>>, now: Date): ProviderNotice | null {
    return this.provider.notice(body, headers, now);
  }
}
