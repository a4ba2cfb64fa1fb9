import type { SagaStanding } from '@kernel/saga.js';
import { RELEASABLE, VOIDABLE, type Fulfilment } from './fulfilment.js';

export type FulfilmentStep =
  | 'reserve-stock'
  | 'authorise-payment'
  | 'confirm-order'
  | 'ship-order'
  | 'ship-stock'
  | 'capture-payment'
  | 'cancel-order'
  | 'void-payment'
  | 'refund-payment'
  | 'release-stock'
  | 'done';

/** `asked`: an answer is due. `refused`: an operator's word is. `later`: its turn has not come, or it is people's. */
type Progress = 'asked' | 'refused' | 'later';
type Open = readonly [FulfilmentStep, Progress];

/** Every step that is not done, in the order of the workflow. */
function open(state: Fulfilment): readonly Open[] {
  if (state.order === 'cancelled') return undoing(state);
  if (state.undo) return [['cancel-order', 'asked'], ...undoing(state)];
  return [...securing(state), ...shipping(state)];
}

function undoing({ stock, payment }: Fulfilment): readonly Open[] {
  const steps: Open[] = [];
  if (payment === 'captured') steps.push(['refund-payment', 'later']);
  if (payment === 'refunding') steps.push(['refund-payment', 'asked']);
  if (payment === 'unrefundable') steps.push(['refund-payment', 'refused']);
  if (VOIDABLE.has(payment)) steps.push(['void-payment', 'later']);
  if (payment === 'voiding') steps.push(['void-payment', 'asked']);
  if (payment === 'unvoidable') steps.push(['void-payment', 'refused']);
  if (RELEASABLE.has(stock)) steps.push(['release-stock', 'later']);
  if (stock === 'releasing') steps.push(['release-stock', 'asked']);
  if (stock === 'unreleasable') steps.push(['release-stock', 'refused']);
  return steps;
}

function securing({ stock, payment, order }: Fulfilment): readonly Open[] {
  const steps: Open[] = [];
  if (stock === 'due' || stock === 'asked') steps.push(['reserve-stock', 'asked']);
  if (stock === 'refused' || stock === 'released') steps.push(['reserve-stock', 'refused']);
  if (payment === 'due') steps.push(['authorise-payment', 'later']);
  if (payment === 'asked' || payment === 'pending') steps.push(['authorise-payment', 'asked']);
  if (payment === 'declined' || payment === 'voided') steps.push(['authorise-payment', 'refused']);
  if (order === 'placed' || order === 'confirming') steps.push(['confirm-order', order === 'placed' ? 'later' : 'asked']);
  return steps;
}

function shipping(state: Fulfilment): readonly Open[] {
  const { stock, payment, order } = state;
  const steps: Open[] = [];
  if (order !== 'shipped') steps.push(['ship-order', 'later']);
  if (stock !== 'shipped' && stock !== 'vouched') steps.push(['ship-stock', bookingOut(state)]);
  if (payment === 'uncapturable') steps.push(['capture-payment', 'refused']);
  else if (payment !== 'none' && payment !== 'captured' && payment !== 'vouched') {
    steps.push(['capture-payment', payment === 'capturing' ? 'asked' : 'later']);
  }
  return steps;
}

function bookingOut({ stock, order, parcels }: Fulfilment): Progress {
  if (parcels.some(({ refused }) => refused)) return 'refused';
  if (stock !== 'held') return 'later';
  if (parcels.length > 0) return 'asked';
  // All of the order has left, and yet something of it is reserved: its parcels do not add up to its reservation.
  return order === 'shipped' ? 'refused' : 'later';
}

/** The step that it is at: one that was refused before one whose answer is due, before one whose turn has not come. */
export function currentStep(state: Fulfilment): FulfilmentStep {
  const steps = open(state);
  return (['refused', 'asked', 'later'] as const).flatMap((wanted) => steps.filter(([, progress]) => progress === wanted))[0]?.[0] ?? 'done';
}

export function standing(state: Fulfilment): SagaStanding {
  const steps = open(state);
  const step = currentStep(state);
  const cancelled = state.order === 'cancelled';
  if (steps.length === 0) return { status: 'ended', step, remaining: [], outcome: cancelled ? 'cancelled' : 'completed' };
  const some = (wanted: Progress): boolean => steps.some(([, progress]) => progress === wanted);
  const moving = cancelled || state.undo ? 'compensating' : some('asked') ? 'running' : 'resting';
  return { status: some('refused') ? 'failed' : moving, step, remaining: steps.map(([name]) => name).filter((name) => name !== step) };
}
