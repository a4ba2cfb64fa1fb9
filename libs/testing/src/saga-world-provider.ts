import type { Money } from '@kernel/money.js';
import { fromUnits, sum, toUnits } from '@kernel/money.js';
import {
  PaymentProvider,
  type AuthoriseAnswer,
  type CaptureAnswer,
  type Charge,
  type ProviderNotice,
  type RefundAnswer,
  type VoidAnswer,
} from '@kernel/ports/payment-provider.js';
import { Refusal } from '@kernel/refusal.js';

type Status = 'in-flight' | 'pending' | 'authorised' | 'declined' | 'captured' | 'voided';

/** What becomes of a charge: where it stands when it is answered, what it becomes in its own time, and what is told then, in which order. */
interface Story {
  readonly first: Status;
  readonly becomes?: Status;
  readonly tells?: readonly ProviderNotice['type'][];
  /** True where it becomes so even after a void that was answered. */
  readonly regardless?: boolean;
  /** True where the first attempt at each refund is accepted, and fails in its own time. */
  readonly failsRefunds?: boolean;
}

/** The ways of a provider, by the token that asks for them. */
export const STORIES = {
  tok_approve: { first: 'authorised' },
  tok_decline: { first: 'declined' },
  tok_refund_fails: { first: 'authorised', failsRefunds: true },
  tok_late: { first: 'pending', becomes: 'authorised', tells: ['authorised'] },
  tok_late_decline: { first: 'pending', becomes: 'declined', tells: ['declined'] },
  tok_timeout_then_capture: { first: 'in-flight', becomes: 'captured', tells: ['captured'] },
  tok_timeout_then_decline: { first: 'in-flight', becomes: 'declined', tells: ['declined'] },
  tok_capture_after_void: { first: 'pending', becomes: 'captured', tells: ['captured'], regardless: true },
  tok_authorise_after_void: { first: 'pending', becomes: 'authorised', tells: ['authorised'], regardless: true },
  tok_duplicate_callback: { first: 'pending', becomes: 'authorised', tells: ['authorised', 'authorised', 'authorised'] },
  tok_out_of_order: { first: 'pending', becomes: 'authorised', tells: ['authorised', 'pending'] },
} as const satisfies Readonly<Record<string, Story>>;
export type Token = keyof typeof STORIES;

interface Booked {
  readonly charge: Charge;
  status: Status;
  settled: boolean;
  captured: bigint;
  readonly refunds: Map<string, string>;
  /** How often each refund was attempted. */
  readonly attempts: Map<string, number>;
  /** Refunds that are to fail. */
  readonly failing: Set<string>;
}

const lost = (): Refusal => new Refusal('payment.provider-unavailable', 'unavailable', 'the answer was lost');

/** A payment provider that settles, tells and loses answers when the world says so; what it did is what its book says. */
export class WorldProvider extends PaymentProvider {
  readonly name = 'world';
  readonly defaultToken = 'tok_approve';
  private readonly book = new Map<string, Booked>();
  /** Payments of which a refund has failed. */
  readonly failed = new Set<string>();
  /** What was told and has not arrived, in no order. */
  readonly notices: ProviderNotice[] = [];

  /** What it was asked for, and did; a world may object. */
  onAsked: (what: 'authorise' | 'refund', paymentId: string, refundId?: string) => void = () => undefined;

  /** `answerIsLost` says of each answer whether it gets through; what was asked for is done all the same. While it `isAway`, nothing is. */
  constructor(
    private readonly now: () => string,
    private readonly answerIsLost: () => boolean,
    private readonly isAway: () => boolean,
  ) {
    super();
  }

  async authorise(charge: Charge): Promise<AuthoriseAnswer> {
    this.onAsked('authorise', charge.paymentId);
    this.mustBeThere();
    const { status } = this.open(charge, (STORIES as Readonly<Record<string, Story>>)[charge.token]!.first);
    const reference = `ref-${charge.paymentId}`;
    if (status === 'pending') return this.through({ status, reference });
    if (status === 'declined' || status === 'voided') return this.through({ status: 'declined', reference, code: `charge_${status}` });
    return this.through({ status: 'authorised', reference }, status);
  }

  async capture({ paymentId }: Charge): Promise<CaptureAnswer> {
    this.mustBeThere();
    const booked = this.book.get(paymentId);
    if (booked?.status === 'authorised') {
      take(booked);
      // Told as well as answered, and either can be first.
      this.tell(booked, 'captured');
    }
    if (booked?.status === 'captured') return this.through({ status: 'captured' });
    return this.through({ status: 'refused', code: `charge_${booked?.status ?? 'unknown'}` }, booked?.status);
  }

  async void(charge: Charge): Promise<VoidAnswer> {
    this.mustBeThere();
    const booked = this.open(charge, 'voided');
    if (booked.status === 'captured') return this.through({ status: 'captured', reference: `ref-${charge.paymentId}`, amount: charge.amount });
    if (booked.status === 'in-flight') throw lost();
    booked.status = booked.status === 'declined' ? 'declined' : 'voided';
    return this.through({ status: 'voided' });
  }

  async refund({ paymentId }: Charge, { refundId, amount }: { readonly refundId: string; readonly amount: Money }): Promise<RefundAnswer> {
    this.onAsked('refund', paymentId, refundId);
    this.mustBeThere();
    const booked = this.book.get(paymentId);
    if (booked?.status !== 'captured') return this.through({ status: 'refused', code: 'charge_not_captured' }, booked?.status);
    if (!booked.refunds.has(refundId)) {
      const refunded = toUnits(sum(booked.refunds.values()));
      if (refunded + toUnits(amount.amount) > booked.captured) return this.through({ status: 'refused', code: 'refund_exceeds_captured' });
      booked.refunds.set(refundId, amount.amount);
      booked.attempts.set(refundId, (booked.attempts.get(refundId) ?? 0) + 1);
      if (booked.attempts.get(refundId) === 1 && storyOf(booked).failsRefunds) booked.failing.add(refundId);
      // Whoever asked may have lost the answer, and by now have no reason to ask again.
      const attempt = attemptAt(booked, refundId);
      this.tell(booked, 'refunded', { id: `${attempt}/refunded`, refundId, attempt, amount });
    }
    return this.through({ status: 'refunded', attempt: attemptAt(booked, refundId) });
  }

  notice(): never {
    throw new Error('notices are handed over as they are');
  }

  /** Charges that are still to become what they become by themselves. */
  unsettled(): (() => void)[] {
    return [...this.book.values()].flatMap((booked) => [
      ...(booked.settled ? [] : [() => this.settle(booked)]),
      ...[...booked.failing].map((refundId) => () => this.failRefund(booked, refundId)),
    ]);
  }

  /** What the provider itself has of a payment. */
  word(paymentId: string): { readonly held: string; readonly captured: string; readonly refunded: string } {
    const booked = this.book.get(paymentId);
    if (!booked) return { held: '0.00', captured: '0.00', refunded: '0.00' };
    const held =
      booked.status === 'authorised' || booked.status === 'pending' || booked.status === 'in-flight' ? booked.charge.amount.amount : '0.00';
    return { held, captured: fromUnits(booked.captured), refunded: sum(booked.refunds.values()) };
  }

  private mustBeThere(): void {
    if (this.isAway()) throw lost();
  }

  private open(charge: Charge, first: Status): Booked {
    const known = this.book.get(charge.paymentId);
    if (known) return known;
    const booked = {
      charge,
      status: first,
      settled: first !== 'pending' && first !== 'in-flight',
      captured: 0n,
      refunds: new Map(),
      attempts: new Map(),
      failing: new Set(),
    } as Booked;
    this.book.set(charge.paymentId, booked);
    return booked;
  }

  private settle(booked: Booked): void {
    booked.settled = true;
    const { becomes, tells = [], regardless } = storyOf(booked);
    if (booked.status === 'voided' && !regardless) return;
    if (becomes === 'captured') take(booked);
    else if (becomes) booked.status = becomes;
    for (const type of tells) this.tell(booked, type);
  }

  private failRefund(booked: Booked, refundId: string): void {
    const { paymentId, amount } = booked.charge;
    const attempt = attemptAt(booked, refundId);
    booked.failing.delete(refundId);
    this.failed.add(paymentId);
    this.tell(booked, 'refund-failed', { id: attempt, refundId, attempt, amount: { ...amount, amount: booked.refunds.get(refundId)! } });
    booked.refunds.delete(refundId);
  }

  private tell({ charge }: Booked, type: ProviderNotice['type'], of: Partial<ProviderNotice> = {}): void {
    const { paymentId, amount } = charge;
    // Said again it has the same id; what is said of something else has another.
    const id = `n-${paymentId}-${type}`;
    this.notices.push({
      id,
      paymentId,
      reference: `ref-${paymentId}`,
      type,
      amount,
      occurredAt: this.now(),
      ...(type === 'declined' && { code: 'late' }),
      ...of,
    });
  }

  private through<Answer>(answer: Answer, status?: Status): Answer {
    if (status === 'in-flight' || this.answerIsLost()) throw lost();
    return answer;
  }
}

const storyOf = ({ charge }: Booked): Story => STORIES[charge.token as Token];
const attemptAt = ({ charge, attempts }: Booked, refundId: string): string => `${charge.paymentId}/${refundId}/${attempts.get(refundId)}`;

function take(booked: Booked): void {
  booked.status = 'captured';
  booked.captured = toUnits(booked.charge.amount.amount);
}
