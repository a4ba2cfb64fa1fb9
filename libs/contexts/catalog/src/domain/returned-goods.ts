import { decider, type DomainCommand } from '@kernel/decider.js';
import type { ReturnRestocked } from '../contract/events.js';
import { merged, type Line } from './lines.js';

/** What came back with one return; a stream of its own, so that it goes back to stock once. */
export interface ReturnedGoods {
  readonly restocked: boolean;
}

export type ReturnedGoodsCommand = DomainCommand<
  'RestockReturn',
  { readonly returnId: string; readonly orderId: string; readonly lines: readonly Line[] }
>;

/** The goods of one return: either still apart, or back in stock. */
export const returnedGoods = decider<ReturnedGoods, ReturnedGoodsCommand, ReturnRestocked>({
  initial: { restocked: false },
  decide: {
    RestockReturn: ({ returnId, orderId, lines }, { restocked }) =>
      restocked ? [] : [{ type: 'catalog.ReturnRestocked', version: 1, data: { returnId, orderId, lines: merged(lines) } }],
  },
  evolve: { 'catalog.ReturnRestocked': () => ({ restocked: true }) },
});
