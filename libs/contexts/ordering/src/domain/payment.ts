import { decider, type DomainCommand } from '@kernel/decider.js';
import { canonical, fromUnits, sum, toUnits } from '@kernel/money.js';
import { ensure } from '@kernel/refusal.js';
import type {
  PaymentAuthorised,
  PaymentCaptured,
  PaymentDeclined,
  PaymentPaidElsewhere,
  PaymentPending,
  PaymentRefunded,
  PaymentRefundFailed,
  PaymentVoided,
} from '../contract/payment-events.js';

const NOTHING = fromUnits(0n);

/** What is known of an order's payment, whoever told of it. Amounts are zero until they are known. */
export interface Payment {
  readonly currency: string | null;
  readonly token: string | null;
  /** The provider's name for it. */
  readonly reference: string | null;
  readonly isPending: boolean;
  readonly isDeclined: boolean;
  /** Also of a payment that has been voided since. */
  readonly authorised: string;
  readonly isVoided: boolean;
  /** An operator vouches that the order is paid in another way: of what the provider takes all the same, the shop owes all back at once. */
  readonly isPaidElsewhere: boolean;
  readonly captured: string;
  readonly refunds: readonly { readonly refundId: string; readonly amount: string; readonly attempt: string | undefined }[];
  /** Attempts at refunds that have failed, by the provider's names. */
  readonly failed: readonly string[];
  /** What went wrong last and was not made good since: of a refund where it names one, else of the payment itself. `code` is the provider's. */
  readonly failure: { readonly refundId: string | null; readonly code: string } | null;
}

/** What an order asks for, with what it is paid; the same with every fact. */
export interface Due {
  readonly orderId: string;
  readonly provider: string;
  readonly amount: string;
  readonly currency: string;
  readonly token: string;
}
interface Told {
  readonly due: Due;
  readonly reference: string;
  /** What the provider says it is about. */
  readonly amount: string;
  readonly currency: string;
}

/** Facts, recorded once however often and in whatever order they are told. */
export type PaymentCommand =
  | DomainCommand<'RecordPending', { readonly due: Due; readonly reference: string | null; readonly reason: string }>
  | DomainCommand<'RecordAuthorisation', Told>
  | DomainCommand<'RecordDecline', { readonly due: Due; readonly reference: string | null; readonly code: string }>
  | DomainCommand<'RecordCapture', Told>
  | DomainCommand<'RecordVoid', { readonly due: Due }>
  | DomainCommand<'RecordPaidElsewhere', Pick<Due, 'orderId' | 'amount' | 'currency'>>
  | DomainCommand<'RecordRefund', Told & { readonly refundId: string; readonly reason: string; readonly attempt: string | null }>
  | DomainCommand<
      'RecordRefundFailure',
      Pick<Told, 'due' | 'amount'> & { readonly refundId: string; readonly attempt: string; readonly code: string }
    >;

export type PaymentEvent =
  | PaymentPending
  | PaymentAuthorised
  | PaymentDeclined
  | PaymentCaptured
  | PaymentVoided
  | PaymentPaidElsewhere
  | PaymentRefunded
  | PaymentRefundFailed;

/**
 * The payment of one order. What is known already makes no event, and what implies another fact brings it along: a capture that is told before its
 * authorisation, or a refund before its capture, records both. So the same facts come to the same money in any order.
 */
export const payment = decider<Payment, PaymentCommand, PaymentEvent>({
  initial: {
    currency: null,
    token: null,
    reference: null,
    isPending: false,
    isDeclined: false,
    authorised: NOTHING,
    isVoided: false,
    isPaidElsewhere: false,
    captured: NOTHING,
    refunds: [],
    failed: [],
    failure: null,
  },
  decide: {
    RecordPending: ({ due, reference, reason }, state) =>
      state.isPending || isSettled(state) ? [] : [{ type: 'ordering.PaymentPending', version: 1, data: { ...due, reference, reason } }],
    RecordAuthorisation: authorise,
    // A refusal that is told after the money was set apart is an older attempt's.
    RecordDecline: ({ due, reference, code }, state) =>
      isSettled(state) ? [] : [{ type: 'ordering.PaymentDeclined', version: 1, data: { ...about(due), reference, code } }],
    RecordCapture: capture,
    // Too late for money that has moved: it is given back by a refund.
    RecordVoid: ({ due }, state) => (state.isVoided || isCaptured(state) ? [] : [{ type: 'ordering.PaymentVoided', version: 1, data: about(due) }]),
    RecordPaidElsewhere: ({ orderId, amount, currency }, state) =>
      state.isPaidElsewhere ? [] : [{ type: 'ordering.PaymentPaidElsewhere', version: 1, data: { orderId, amount: canonical(amount), currency } }],
    RecordRefund: (command, state) => {
      const { due, refundId, amount, reason, attempt } = command;
      if (state.refunds.some((refund) => refund.refundId === refundId) || state.failed.includes(attempt ?? '')) return [];
      const before = isCaptured(state) ? [] : capture({ ...command, amount: due.amount }, state);
      ensureCurrency(command);
      ensureRefundable(amount, isCaptured(state) ? state : { ...state, captured: due.amount });
      const data = { ...about(due), amount: canonical(amount), refundId, reason, ...(attempt !== null && { attempt }) };
      return [...before, { type: 'ordering.PaymentRefunded', version: 1, data }];
    },
    RecordRefundFailure: ({ due, refundId, attempt, amount, code }, state) => {
      // One of the provider's own desk has no id of ours: it is known by its attempt.
      const known = state.refunds.find((refund) => refund.attempt === attempt) ?? state.refunds.find((refund) => refund.refundId === refundId);
      // Another attempt has succeeded since.
      const isOvertaken = known?.attempt !== undefined && known.attempt !== attempt;
      if (isOvertaken || state.failed.includes(attempt)) return [];
      const data = { ...about(due), amount: canonical(amount), refundId: known?.refundId ?? refundId, attempt, code };
      return [{ type: 'ordering.PaymentRefundFailed', version: 1, data }];
    },
  },
  evolve: {
    'ordering.PaymentPending': (state, { currency, token, reference }) => ({ ...state, currency, token, reference, isPending: true }),
    // One that comes after a void holds money again, until it is voided in its turn.
    'ordering.PaymentAuthorised': (state, { amount, currency, token, reference }) => ({
      ...state,
      currency,
      token,
      reference,
      authorised: amount,
      isVoided: false,
      failure: null,
    }),
    'ordering.PaymentDeclined': (state, { currency, reference, code }) => ({
      ...state,
      currency,
      reference: reference ?? state.reference,
      isDeclined: true,
      failure: { refundId: null, code },
    }),
    'ordering.PaymentCaptured': (state, { amount, currency, reference }) => ({ ...state, currency, reference, captured: amount }),
    'ordering.PaymentVoided': (state, { currency }) => ({ ...state, currency, isVoided: true }),
    'ordering.PaymentPaidElsewhere': (state) => ({ ...state, isPaidElsewhere: true }),
    'ordering.PaymentRefunded': (state, { refundId, amount, attempt }) => ({
      ...state,
      refunds: [...state.refunds, { refundId, amount, attempt }],
      failure: state.failure?.refundId === refundId ? null : state.failure,
    }),
    'ordering.PaymentRefundFailed': (state, { refundId, attempt, code }) => ({
      ...state,
      refunds: state.refunds.filter((refund) => refund.refundId !== refundId),
      failed: [...state.failed, attempt],
      failure: { refundId, code },
    }),
  },
});

export const isAuthorised = ({ authorised }: Payment): boolean => toUnits(authorised) > 0n;
export const isCaptured = ({ captured }: Payment): boolean => toUnits(captured) > 0n;
/** True once it is known what became of the wish to set money apart. */
export const isSettled = (state: Payment): boolean => isAuthorised(state) || isCaptured(state) || state.isDeclined || state.isVoided;
/** True while money is set apart that can be taken. */
export const isHeld = (state: Payment): boolean => isAuthorised(state) && !state.isVoided && !isCaptured(state);

export const refundedOf = ({ refunds }: Payment): string => sum(refunds.map(({ amount }) => amount));
/** What was taken and not given back. */
export const refundableOf = (state: Payment): string => fromUnits(toUnits(state.captured) - toUnits(refundedOf(state)));

/** @throws Refusal `ordering.refund-exceeds-capture` */
export function ensureRefundable(amount: string, state: Payment): void {
  const refundable = refundableOf(state);
  ensure(
    toUnits(amount) >= 0n && toUnits(amount) <= toUnits(refundable),
    'ordering.refund-exceeds-capture',
    `Of what was captured, ${refundable} is left to refund`,
    { amount, refundable },
  );
}

function authorise(told: Told, state: Payment): PaymentAuthorised[] {
  ensureWhole(told);
  if (isAuthorised(state)) return [];
  const { due, reference } = told;
  return [{ type: 'ordering.PaymentAuthorised', version: 1, data: { ...about(due), token: due.token, reference } }];
}

function capture(told: Told, state: Payment): PaymentEvent[] {
  ensureWhole(told);
  if (isCaptured(state)) return [];
  const { due, reference } = told;
  return [...authorise(told, state), { type: 'ordering.PaymentCaptured', version: 1, data: { ...about(due), reference } }];
}

const about = ({ orderId, provider, amount, currency }: Due) => ({ orderId, provider, amount: canonical(amount), currency });

/** An order is paid whole or not at all: what is told of another amount is no answer to what was asked. */
function ensureWhole(told: Told): void {
  ensureCurrency(told);
  const { due, amount } = told;
  ensure(toUnits(amount) === toUnits(due.amount), 'ordering.payment-mismatch', `${due.amount} ${due.currency} is due, not ${amount}`, { amount });
}

function ensureCurrency({ due, currency }: Told): void {
  ensure(currency === due.currency, 'ordering.payment-mismatch', `The payment is due in ${due.currency}, not ${currency}`, { currency });
}
