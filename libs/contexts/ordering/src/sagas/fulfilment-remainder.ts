import { toUnits } from '@kernel/money.js';
import type { Quantity } from '../domain/lines.js';
import { remainderOf } from '../domain/remainder.js';
import type { Asks } from './asks.js';
import { from, less, withoutStaleRest, type Fulfilment, type Remainder, type RemainderPart } from './fulfilment.js';

type RemainderCommand = Asks['ReleaseStock' | 'RefundPayment'];
type OpenStep = readonly ['release-stock' | 'refund-payment', 'asked' | 'refused' | 'later'];

/** It has shipped with what went out; the rest is given back, once the parcels are seen to, and so is its money, once that was taken. */
export const withoutRemainder = (state: Fulfilment, { goods, amount }: Pick<Remainder, 'goods' | 'amount'>): Fulfilment => ({
  ...state,
  order: 'shipped',
  undo: null,
  remainder: { goods, amount, release: 'due', refund: state.charge && toUnits(amount) > 0n ? 'due' : 'done' },
});

/** Some of what was reserved is free again, and this is kept for parcels. */
export function reduced(state: Fulfilment, remaining: readonly Quantity[]): Fulfilment {
  const after = moveRemainder(state, 'release', { due: 'done', asked: 'done', refused: 'done' });
  if (remaining.length === 0) return { ...after, stock: 'shipped', parcels: [], unbooked: [] };
  return withoutStaleRest({ ...after, unbooked: remaining });
}

/** Moves on one of the two things to be done about a remainder, if there is one. */
export function moveRemainder(
  state: Fulfilment,
  what: 'release' | 'refund',
  row: { readonly [Before in RemainderPart]?: RemainderPart },
): Fulfilment {
  const { remainder } = state;
  return remainder ? { ...state, remainder: { ...remainder, [what]: from(remainder[what], row) } } : state;
}

export const isRefundOf = ({ orderId }: Fulfilment, refundId: string): boolean => refundId === remainderOf(orderId);

/** An operator has put back what was reserved of it: what is left is for parcels. */
export const releasedByHand = (state: Fulfilment, { goods }: Remainder): Fulfilment => reduced(state, less(state.unbooked, goods));

/** While nothing of it is reserved there is nothing to give back: it was vouched for, or is gone. */
const releasing = ({ stock, remainder }: Fulfilment): RemainderPart => (stock === 'held' && remainder ? remainder.release : 'done');
/** An order that is paid in another way gets its money back in that way too. */
const refunding = ({ paidElsewhere, remainder }: Fulfilment): RemainderPart => (!paidElsewhere && remainder ? remainder.refund : 'done');

/** What of the reservation is for parcels. */
export const forParcels = (state: Fulfilment): readonly Quantity[] =>
  state.remainder && releasing(state) !== 'done' ? less(state.unbooked, state.remainder.goods) : state.unbooked;

/** Goods that no parcel takes are given back after the parcels, and before what is left is taken for a parcel that an operator vouched for. */
export function giveRemainderBack(state: Fulfilment): readonly RemainderCommand[] {
  const { orderId, parcels, payment, remainder } = state;
  if (!remainder) return [];
  const commands: RemainderCommand[] = [];
  if (releasing(state) === 'due' && parcels.length === 0) {
    const data = { orderId, lines: [...remainder.goods], reason: 'remainder cancelled', only: 'lines' as const };
    commands.push({ name: 'ReleaseStock', context: 'catalog', data });
  }
  if (refunding(state) === 'due' && payment === 'captured') {
    const data = { orderId, refundId: remainderOf(orderId), amount: remainder.amount, reason: 'remainder cancelled' };
    commands.push({ name: 'RefundPayment', context: 'ordering', data });
  }
  return commands;
}

export function remainderSteps(state: Fulfilment): readonly OpenStep[] {
  const steps: OpenStep[] = [];
  const [release, refund] = [releasing(state), refunding(state)];
  if (refund !== 'done') steps.push(['refund-payment', refund === 'due' ? 'later' : refund]);
  if (release !== 'done') steps.push(['release-stock', release === 'due' ? 'later' : release]);
  return steps;
}
