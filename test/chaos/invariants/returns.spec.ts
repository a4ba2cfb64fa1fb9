import { againstReturns } from './returns.mjs';

const goods = (sku: string, quantity: number) => ({ kind: 'goods', sku, quantity });
const received = {
  type: 'ordering.ReturnReceived',
  data: { returnId: 'r-1', orderId: 'o-1', lines: [goods('A', 1), goods('A', 1), goods('B', 2), { kind: 'shipping' }], total: '20.00' },
};
const credit = (total = '20.00') => ({ type: 'ordering.CreditNoteRecorded', data: { creditNoteId: 'r-1', orderId: 'o-1', total } });
const back = (sku: string, returnId = 'r-1') => ({ type: 'catalog.StockRestocked', data: { returnId, sku, quantity: 2 } });
const remainder = { type: 'ordering.CreditNoteRecorded', data: { creditNoteId: 'remainder-o-1', orderId: 'o-1', total: '5.00' } };
const ENDED = { id: 'r-1', status: 'ended', outcome: 'completed' };

it('has nothing to say of what was taken back', () => {
  expect(againstReturns([received, credit(), remainder], [back('B'), back('A')], [ENDED])).toEqual([]);
  expect(againstReturns([], [], [])).toEqual([]);
});

it.each([
  [
    'a return that its workflow never heard of',
    [[received], [], []],
    ['its workflow is not begun', '20.00 is due, credited was nothing', '2 A, 2 B came back, nothing is in stock'],
  ],
  [
    'a workflow that failed',
    [[received, credit()], [back('A'), back('B')], [{ ...ENDED, status: 'failed', outcome: null }]],
    ['its workflow is failed'],
  ],
  ['goods that are in stock twice', [[received, credit()], [back('A'), back('A'), back('B')], [ENDED]], ['2 A, 2 B came back, 2 B, 4 A is in stock']],
  ['a credit that is there twice', [[received, credit(), credit()], [back('A'), back('B')], [ENDED]], ['20.00 is due, credited was 20.00 and 20.00']],
  ['a credit that is a cent off', [[received, credit('19.99')], [back('A'), back('B')], [ENDED]], ['20.00 is due, credited was 19.99']],
  ['a return that was received twice', [[received, received, credit()], [back('A'), back('B')], [ENDED]], ['it was received more than once']],
  ['goods that nobody returned', [[], [back('A')], []], ['put into stock, and nobody received it']],
] as [string, Parameters<typeof againstReturns>, string[]][])('finds %s', (_, rows, problems) =>
  expect(againstReturns(...rows)).toEqual(problems.map((problem) => `return r-1: ${problem}`)),
);
