import type { ReturnRestocked } from '@contexts/catalog/src/contract/events.js';
import { toUnits } from '@kernel/money.js';
import { saga, type OperatorWord, type RefusedCommand, type RetryWord, type Saga, type SagaMessage, type SagaStanding } from '@kernel/saga.js';
import type { CreditNoteRecorded, ReturnReceived } from '../contract/events.js';
import type { PaymentRefunded, PaymentRefundFailed } from '../contract/payment-events.js';
import { isGoods, merged, type Quantity } from '../domain/lines.js';
import { remainderOf } from '../domain/remainder.js';
import type { Asks } from './asks.js';
import { pursue } from './pursue.js';

/** One thing to be done about what came back. `refused`: an operator's business. `done` as well where there is nothing of it to do. */
type Part = 'due' | 'asked' | 'refused' | 'done';

interface TakingBack {
  readonly id: string;
  readonly orderId: string;
  readonly goods: readonly Quantity[];
  readonly amount: string;
  readonly reason: string;
  readonly restock: Part;
  readonly refund: Part;
  readonly credit: Part;
}

export type TakingBackMessage =
  | SagaMessage<
      'ordering.ReturnReceived',
      { readonly returnId: string; readonly orderId: string; readonly goods: readonly Quantity[]; readonly amount: string }
    >
  | SagaMessage<
      'ordering.CreditNoteRecorded',
      { readonly creditNoteId: string; readonly orderId: string; readonly amount: string; readonly reason: string }
    >
  | SagaMessage<'catalog.ReturnRestocked', object>
  | SagaMessage<'ordering.PaymentRefunded', object>
  // The code is for whoever reads the timeline. Steps of earlier releases did not keep it.
  | SagaMessage<'ordering.PaymentRefundFailed', { readonly code?: string }>
  | RefusedCommand
  | OperatorWord
  | RetryWord;
type Command = Asks['RestockReturn' | 'RefundPayment' | 'CreditReturn'];
type Tables = Saga<TakingBack, TakingBackMessage, Command>;

const notBegun: TakingBack = { id: '', orderId: '', goods: [], amount: '', reason: '', restock: 'due', refund: 'due', credit: 'due' };

const parts = ['restock', 'refund', 'credit'] as const;
type PartName = (typeof parts)[number];
const steps = { restock: 'restock-goods', refund: 'refund-payment', credit: 'credit-order' } as const;

/** Goods first, then the money, then the books: whatever is refused, the customer's money never waits for the credit note. */
function next({ id, orderId, goods, amount, reason, ...state }: TakingBack): readonly Command[] {
  const part = parts.find((name) => state[name] !== 'done');
  if (part === undefined || state[part] !== 'due') return [];
  if (part === 'restock') return [{ name: 'RestockReturn', context: 'catalog', data: { returnId: id, orderId, lines: [...goods] } }];
  if (part === 'credit') return [{ name: 'CreditReturn', context: 'ordering', data: { orderId, returnId: id } }];
  return [{ name: 'RefundPayment', context: 'ordering', data: { orderId, refundId: id, amount, reason } }];
}

const done = (state: TakingBack, part: PartName): TakingBack => ({ ...state, [part]: 'done' });
const owed = (amount: string): Part => (toUnits(amount) > 0n ? 'due' : 'done');

const evolve: Tables['evolve'] = {
  'ordering.ReturnReceived': (state, { returnId, orderId, goods, amount }) => ({
    ...state,
    id: returnId,
    orderId,
    goods,
    amount,
    reason: 'returned',
    refund: owed(amount),
  }),
  // A return's own credit note is the answer to having asked for it. One that nobody returned anything for stands alone: money, but no goods.
  'ordering.CreditNoteRecorded': (state, { creditNoteId, orderId, amount, reason }) =>
    state.id === ''
      ? { ...state, id: creditNoteId, orderId, amount, reason, restock: 'done', refund: owed(amount), credit: 'done' }
      : done(state, 'credit'),
  'catalog.ReturnRestocked': (state) => done(state, 'restock'),
  'ordering.PaymentRefunded': (state) => done(state, 'refund'),
  // It was given back, and did not arrive: whatever came after it stays done.
  'ordering.PaymentRefundFailed': (state) => ({ ...state, refund: 'refused' }),
  'command-refused': (state, { command }) => {
    const part = parts.find((name) => state[name] === 'asked' && commandOf[name] === command);
    return part ? { ...state, [part]: 'refused' } : state;
  },
  'operator.retry': (state) => {
    const part = parts.find((name) => state[name] === 'refused');
    return part ? { ...state, [part]: 'due' } : state;
  },
  /** Whoever skips a step has seen to it: put the goods back, given the money back, written the credit. */
  'operator.skip': (state, { step }) => {
    const part = parts.find((name) => state[name] !== 'done');
    return part && steps[part] === step ? done(state, part) : state;
  },
  // What came back cannot be sent off again: there is only the way forward, by retrying or skipping.
  'operator.compensate': (state) => state,
};
const commandOf = { restock: 'RestockReturn', refund: 'RefundPayment', credit: 'CreditReturn' } as const satisfies Record<PartName, Command['name']>;

function standing(state: TakingBack): SagaStanding {
  const open = parts.filter((part) => state[part] !== 'done');
  const [at, ...remaining] = open.map((part) => steps[part]);
  if (at === undefined) return { status: 'ended', step: 'done', remaining: [], outcome: 'completed' };
  return { status: open.some((part) => state[part] === 'refused') ? 'failed' : 'running', step: at, remaining };
}

/** Takes goods back: puts them into stock, gives the money back and credits the order. A credit note without a return gives back money only. */
export const takingBack: Tables = saga({
  name: 'return',
  context: 'ordering',
  initial: notBegun,
  inputs: {
    'ordering.ReturnReceived': {
      saga: ({ returnId }: ReturnReceived['data']) => returnId,
      take: ({ returnId, orderId, lines, total }: ReturnReceived['data']) => ({
        returnId,
        orderId,
        goods: merged(lines.filter(isGoods)),
        amount: total,
      }),
      starts: true,
    },
    // A return's credit note has the return's id. An imported one is history, and names no order of this shop. A remainder is the fulfilment's to give back.
    'ordering.CreditNoteRecorded': {
      saga: ({ channel, orderId, creditNoteId }: CreditNoteRecorded['data']) =>
        channel === 'web' && orderId !== null && creditNoteId !== remainderOf(orderId) ? creditNoteId : null,
      take: ({ creditNoteId, orderId, total, reason }: CreditNoteRecorded['data']) => ({
        creditNoteId,
        orderId: orderId ?? '',
        amount: total,
        reason,
      }),
      starts: true,
    },
    'catalog.ReturnRestocked': { saga: ({ returnId }: ReturnRestocked['data']) => returnId, take: () => ({}) },
    'ordering.PaymentRefunded': { saga: ({ refundId }: PaymentRefunded['data']) => refundId, take: () => ({}) },
    'ordering.PaymentRefundFailed': {
      saga: ({ refundId }: PaymentRefundFailed['data']) => refundId,
      take: ({ code }: PaymentRefundFailed['data']) => ({ code }),
    },
  },
  react: pursue<TakingBack, TakingBackMessage, Command>(evolve, (_, after) => ({ commands: next(after) })),
  evolve,
  asked: {
    RestockReturn: (state) => ({ ...state, restock: 'asked' }),
    RefundPayment: (state) => ({ ...state, refund: 'asked' }),
    CreditReturn: (state) => ({ ...state, credit: 'asked' }),
  },
  standing,
});
