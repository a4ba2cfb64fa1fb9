import fc from 'fast-check';
import { decide, decider, evolve } from './decider.js';
import { Refusal, ensure, ensureValid } from './refusal.js';

type Till = { open: boolean; takings: number };
type TillCommand = { type: 'OpenTill'; data: object } | { type: 'TakeMoney'; data: { amount: number } };
type TillEvent = { type: 'till.Opened'; version: 1; data: object } | { type: 'till.MoneyTaken'; version: 1; data: { amount: number } };

const till = decider<Till, TillCommand, TillEvent>({
  initial: { open: false, takings: 0 },
  decide: {
    OpenTill: (_, { open }) => (open ? [] : [{ type: 'till.Opened', version: 1, data: {} }]),
    TakeMoney: ({ amount }, { open, takings }) => {
      ensureValid(amount > 0, 'till.amount-not-positive', 'an amount is positive', { amount });
      ensure(open, 'till.closed', 'the till is closed', { takings });
      return [{ type: 'till.MoneyTaken', version: 1, data: { amount } }];
    },
  },
  evolve: {
    'till.Opened': (state) => ({ ...state, open: true }),
    'till.MoneyTaken': (state, { amount }) => ({ ...state, takings: state.takings + amount }),
  },
});

const opened: TillEvent = { type: 'till.Opened', version: 1, data: {} };
const taken = (amount: number): TillEvent => ({ type: 'till.MoneyTaken', version: 1, data: { amount } });
const events = fc.array(fc.oneof(fc.constant(opened), fc.integer({ min: 1, max: 1000 }).map(taken)));

describe('a decider', () => {
  it('folds no event into its initial state', () => {
    expect(evolve(till, [])).toBe(till.initial);
  });

  it('folds a history the same whole or in two parts', () => {
    fc.assert(
      fc.property(events, events, (before, after) => {
        expect(evolve(till, after, evolve(till, before))).toEqual(evolve(till, [...before, ...after]));
      }),
    );
  });

  it('does not change the state that it folds from', () => {
    fc.assert(
      fc.property(events, (history) => {
        const from = Object.freeze({ open: true, takings: 7 });
        evolve(till, history, from);
        expect(till.initial).toEqual({ open: false, takings: 0 });
      }),
    );
  });

  it('decides by the command’s row and the state', () => {
    expect(decide(till, { type: 'OpenTill', data: {} }, till.initial)).toEqual([opened]);
    expect(decide(till, { type: 'OpenTill', data: {} }, { open: true, takings: 0 })).toEqual([]);
    expect(decide(till, { type: 'TakeMoney', data: { amount: 5 } }, evolve(till, [opened]))).toEqual([taken(5)]);
  });

  it('tells a state that does not allow it from a command that never could be', () => {
    const closed = () => decide(till, { type: 'TakeMoney', data: { amount: 5 } }, till.initial);
    const nothing = () => decide(till, { type: 'TakeMoney', data: { amount: 0 } }, till.initial);
    expect(closed).toThrow(Refusal);
    expect(closed).toThrow(expect.objectContaining({ code: 'till.closed', kind: 'conflict', details: { takings: 0 } }));
    expect(nothing).toThrow(expect.objectContaining({ code: 'till.amount-not-positive', kind: 'invalid', details: { amount: 0 } }));
  });

  it('does not pass over an event that it has no row for', () => {
    expect(() => evolve(till, [{ type: 'till.Stolen', data: {} }])).toThrow('no evolve row for till.Stolen');
  });
});
