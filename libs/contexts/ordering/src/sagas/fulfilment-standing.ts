import type { SagaStanding } from '@kernel/saga.js';
import { forParcels, remainderSteps } from './fulfilment-remainder.js';
import { RELEASABLE, VOIDABLE, type Fulfilment, type PaymentPart } from './fulfilment.js';

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
  return [...securing(state), ...shipping(state), ...(state.paidElsewhere ? givingBack(state) : taking(state)), ...remainderSteps(state)];
}

const undoing = (state: Fulfilment): readonly Open[] => [...givingBack(state), ...releasing(state)];

function givingBack({ payment }: Fulfilment): readonly Open[] {
  const steps: Open[] = [];
  if (payment === 'captured') steps.push(['refund-payment', 'later']);
  if (payment === 'refunding') steps.push(['refund-payment', 'asked']);
  if (payment === 'unrefundable') steps.push(['refund-payment', 'refused']);
  if (VOIDABLE.has(payment)) steps.push(['void-payment', 'later']);
  if (payment === 'voiding') steps.push(['void-payment', 'asked']);
  if (payment === 'unvoidable') steps.push(['void-payment', 'refused']);
  return steps;
}

function releasing({ stock }: Fulfilment): readonly Open[] {
  const steps: Open[] = [];
  if (RELEASABLE.has(stock)) steps.push(['release-stock', 'later']);
  if (stock === 'releasing') steps.push(['release-stock', 'asked']);
  if (stock === 'unreleasable') steps.push(['release-stock', 'refused']);
  return steps;
}

const AUTHORISING: { readonly [Part in PaymentPart]?: Progress } = {
  due: 'later',
  asked: 'asked',
  pending: 'asked',
  declined: 'refused',
  voided: 'refused',
};

function securing({ stock, payment, paidElsewhere, order }: Fulfilment): readonly Open[] {
  const steps: Open[] = [];
  if (stock === 'due' || stock === 'asked') steps.push(['reserve-stock', 'asked']);
  if (stock === 'refused' || stock === 'released') steps.push(['reserve-stock', 'refused']);
  const authorising = paidElsewhere ? undefined : AUTHORISING[payment];
  if (authorising) steps.push(['authorise-payment', authorising]);
  if (order === 'placed' || order === 'confirming') steps.push(['confirm-order', order === 'placed' ? 'later' : 'asked']);
  return steps;
}

function shipping(state: Fulfilment): readonly Open[] {
  const { stock, order } = state;
  const steps: Open[] = [];
  if (order !== 'shipped') steps.push(['ship-order', 'later']);
  const allBooked = state.remainder !== null && forParcels(state).length === 0;
  if (stock !== 'shipped' && stock !== 'vouched' && !allBooked) steps.push(['ship-stock', bookingOut(state)]);
  return steps;
}

function taking({ payment }: Fulfilment): readonly Open[] {
  if (payment === 'none' || payment === 'captured') return [];
  if (payment === 'uncapturable') return [['capture-payment', 'refused']];
  return [['capture-payment', payment === 'capturing' ? 'asked' : 'later']];
}

function bookingOut({ stock, order, parcels }: Fulfilment): Progress {
  if (parcels.some(({ refused }) => refused)) return 'refused';
  if (stock !== 'held') return 'later';
  if (parcels.length > 0) return 'asked';
  return order === 'shipped' ? 'asked' : 'later';
}

/** The step that it is at: one that was refused before one whose answer is due, before one whose turn has not come. */
export function currentStep(state: Fulfilment): FulfilmentStep {
  const steps = open(state);
  return (['refused', 'asked', 'later'] as const).flatMap((wanted) => steps.filter(([, progress]) => progress === wanted))[0]?.[0] ?? 'done';
}

const UNSECURED: ReadonlySet<string> = new Set(['not-begun', 'reserve-stock', 'authorise-payment']);

/** The step at which an order still waits to be secured, or is being undone; null once nothing keeps it from going out. Its workflow may not have begun. */
export function awaited(at: Pick<SagaStanding, 'status' | 'step'> | undefined): string | null {
  if (!at) return 'reserve-stock';
  return at.status === 'compensating' || UNSECURED.has(at.step) ? at.step : null;
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
