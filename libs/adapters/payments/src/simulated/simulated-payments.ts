import { canonical, toUnits, type Money } from '@kernel/money.js';
import type { Breaker } from '@kernel/ports/breakers.js';
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
import { notRepresentable, requestChanged, unavailable } from '../refusals.js';
import { SimulatedBook } from './book.js';
import type { BookedCharge } from './booked-charge.js';
import { Callbacks } from './callbacks.js';
import { SIGNATURE_HEADER, verify } from './signature.js';
import { readNotice } from './simulated-notice.js';
import type { Statements } from './statements.js';
import { NEVER, storyOf } from './tokens.js';

export interface SimulatedPaymentsOptions {
  /** Reaches the schema `payments_simulator`. */
  readonly statements: Statements;
  /** Signs callbacks; the same in every process over one book. */
  readonly secret: string;
  /** How long the service takes over what it does not decide at once. */
  readonly lateMs?: number;
  /** How long a receiver of callbacks has to answer. */
  readonly timeoutMs?: number;
  /** Leaves a receiver alone for a while that does not answer. */
  readonly callbackBreaker?: Breaker;
  readonly onError?: (error: unknown) => void;
}

const stillInFlight = () => unavailable('the request is still being carried out');

/**
 * A payment service that behaves as real ones do, over a durable book of its own: it declines, is late, loses answers, and tells things twice
 * and in the wrong order, as the token says (docs/how-to/payments.md). Its book's engine being away is an error of that engine.
 */
export class SimulatedPayments extends PaymentProvider {
  readonly name = 'simulated';
  readonly defaultToken = 'tok_approve';
  private readonly book: SimulatedBook;
  private readonly callbacks: Callbacks;

  constructor(private readonly options: SimulatedPaymentsOptions) {
    super();
    const { statements, secret, lateMs = 2_000, timeoutMs = 5_000, callbackBreaker: breaker, onError = () => undefined } = options;
    if (secret.trim() === '') throw new Error('the simulated payment service needs a secret to sign its callbacks with');
    this.book = new SimulatedBook(statements, lateMs);
    this.callbacks = new Callbacks({ statements, book: this.book, secret, timeoutMs, onError, ...(breaker && { breaker }) });
  }

  /** Begins to decide what is undecided, and to tell it to this address. */
  start(callbackUrl: string): void {
    this.callbacks.start(callbackUrl);
  }

  async stop(): Promise<void> {
    await this.callbacks.stop();
  }

  async authorise(charge: Charge): Promise<AuthoriseAnswer> {
    mustBePositive(charge.amount);
    const booked = await this.book.open(charge);
    if (!isOf(booked, charge)) throw requestChanged(charge.paymentId);
    if (storyOf(charge.token).settlesAs) this.callbacks.poke();
    return authoriseAnswer(booked);
  }

  async capture({ paymentId }: KnownCharge): Promise<CaptureAnswer> {
    const captured = await this.book.capture(paymentId, this.callbacks.leaseMs);
    if (captured) {
      if (captured.notice) await this.callbacks.send(captured.notice);
      return { status: 'captured' };
    }
    const booked = await this.book.read(paymentId);
    if (booked?.status === 'in-flight') throw stillInFlight();
    if (booked?.status === 'captured') return { status: 'captured' };
    return { status: 'refused', code: booked ? `charge_${booked.status}` : 'charge_unknown' };
  }

  async void(charge: KnownCharge): Promise<VoidAnswer> {
    if (await this.book.void(charge.paymentId)) return { status: 'voided' };
    const booked = await this.book.open(charge, NEVER);
    switch (booked.status) {
      case 'in-flight':
        throw stillInFlight();
      case 'captured':
        return { status: 'captured', reference: booked.reference, amount: { amount: booked.captured, currency: booked.currency } };
      case 'pending':
      case 'authorised':
        // It was asked for between the two statements.
        return this.void(charge);
      default:
        return { status: 'voided' };
    }
  }

  async refund({ paymentId }: KnownCharge, { refundId, amount }: { refundId: string; amount: Money }): Promise<RefundAnswer> {
    mustBePositive(amount);
    const outcome = await this.book.refund(paymentId, refundId, amount.amount);
    if (outcome === 'in-flight') throw stillInFlight();
    if (outcome === 'changed') throw requestChanged(refundId);
    if (outcome !== 'refunded') return { status: 'refused', code: REFUSED_REFUNDS[outcome] };
    const attempt = await this.book.attempt(paymentId, refundId);
    return attempt === null ? { status: 'pending' } : { status: 'refunded', attempt };
  }

  notice(body: string, headers: Readonly<Record<string, string | undefined>>, now: Date): ProviderNotice {
    verify(this.options.secret, body, headers[SIGNATURE_HEADER], now);
    return readNotice(body);
  }
}

/** Its book holds whatever money can be, tenths of a penny too: a shop that prices goods so can be tried out whole. */
function mustBePositive(money: Money): void {
  if (toUnits(money.amount) <= 0n) throw notRepresentable(money);
}

const REFUSED_REFUNDS = { unknown: 'charge_unknown', 'not-captured': 'charge_not_captured', exceeds: 'refund_exceeds_captured' } as const;

const isOf = (booked: BookedCharge, { amount, token }: Charge): boolean =>
  booked.amount === canonical(amount.amount) && booked.currency === amount.currency && booked.token === token;

function authoriseAnswer({ status, reference, code }: BookedCharge): AuthoriseAnswer {
  switch (status) {
    case 'in-flight':
      throw stillInFlight();
    case 'pending':
      return { status: 'pending', reference };
    case 'authorised':
    case 'captured':
      return { status: 'authorised', reference };
    default:
      return { status: 'declined', reference, code: code ?? 'charge_voided' };
  }
}
