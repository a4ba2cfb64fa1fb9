import { randomUUID } from 'node:crypto';
import type { Charge } from '@kernel/ports/payment-provider.js';
import { inCanonical, type BookedCharge } from './booked-charge.js';
import { ATTEMPT, CAPTURE, FAIL_REFUNDS, OPEN, READ, REFUND, SETTLE, VOID, type Statements } from './statements.js';
import { STORIES, storyOf, type Story } from './tokens.js';

const TELLINGS = Object.entries(STORIES).flatMap(([token, { tells = [] }]) => tells.map((telling) => ({ token, ...telling })));
const FAIL_FIRST = Object.keys(STORIES).filter((token) => STORIES[token]!.failsRefunds);
const TELL_CAPTURE_FIRST = Object.keys(STORIES).filter((token) => STORIES[token]!.tellsCaptureFirst);

/** A callback that this process is to send now. */
export type ClaimedCallback = { readonly id: string; readonly body: string; readonly attempts: number };

export type RefundOutcome = 'refunded' | 'changed' | 'unknown' | 'in-flight' | 'not-captured' | 'exceeds';

/** The simulated service's book: every change is one statement, and safe beside any other. */
export class SimulatedBook {
  constructor(
    private readonly statements: Statements,
    private readonly lateMs: number,
  ) {}

  /** The charge under the payment's id: a new one by the token's story, or the one that is there. */
  async open({ paymentId, amount, token }: Charge, story: Story = storyOf(token)): Promise<BookedCharge> {
    const { status, code = null, settlesAs = null } = story;
    const reference = `sim_${randomUUID().replaceAll('-', '')}`;
    const values = [paymentId, reference, amount.amount, amount.currency, token, status, code, settlesAs, this.lateMs];
    const [opened] = await this.statements.query<BookedCharge>(OPEN, values);
    const found = opened ? inCanonical(opened) : await this.read(paymentId);
    if (!found) throw new Error(`the charge of payment ${paymentId} is gone from the book`);
    return found;
  }

  async read(paymentId: string): Promise<BookedCharge | null> {
    const [row] = await this.statements.query<BookedCharge>(READ, [paymentId]);
    return row ? inCanonical(row) : null;
  }

  /** Captures what is authorised: false where nothing is; else the notice to be sent before the answer, if there is one. */
  async capture(paymentId: string, leaseMs: number): Promise<{ readonly notice: ClaimedCallback | null } | false> {
    const [row] = await this.statements.query<Partial<ClaimedCallback>>(CAPTURE, [paymentId, TELL_CAPTURE_FIRST, leaseMs]);
    return row ? { notice: row.id ? (row as ClaimedCallback) : null } : false;
  }

  /** Frees what is set apart, and takes back what is still undecided: false where there is no such thing. */
  async void(paymentId: string): Promise<boolean> {
    return (await this.statements.query(VOID, [paymentId])).length > 0;
  }

  async refund(paymentId: string, refundId: string, amount: string): Promise<RefundOutcome> {
    const [row] = await this.statements.query<{ outcome: RefundOutcome }>(REFUND, [paymentId, refundId, amount]);
    return row!.outcome;
  }

  /** The name of the attempt at a refund that is in the book; null where it has failed since. */
  async attempt(paymentId: string, refundId: string): Promise<string | null> {
    const [row] = await this.statements.query<{ attempt: string }>(ATTEMPT, [paymentId, refundId, FAIL_FIRST, this.lateMs]);
    return row?.attempt ?? null;
  }

  /** Carries out what is due; the number of callbacks that came of it. */
  async settle(): Promise<number> {
    const values = [
      TELLINGS.map(({ token }) => token),
      TELLINGS.map(({ type }) => type),
      TELLINGS.map(({ after }) => Math.round(after * this.lateMs)),
    ];
    const [settled, failed] = [await this.statements.query(SETTLE, values), await this.statements.query(FAIL_REFUNDS, [])];
    return settled.length + failed.length;
  }
}
