import { readNotice } from './simulated-notice.js';

const notice = {
  id: 'n-1',
  type: 'refunded',
  paymentId: 'p-1',
  reference: 'r-1',
  currency: 'GBP',
  refundId: 'b-1',
  occurredAt: '2026-11-21T10:00:00.000Z',
};
const read = (amount: string) => readNotice(JSON.stringify({ ...notice, amount }));

describe('a notice of the simulated service', () => {
  it('is of money that has moved', () => expect(read('12.5')).toMatchObject({ amount: { amount: '12.50', currency: 'GBP' }, refundId: 'b-1' }));

  it.each(['0.00', '-12.50', '1e3', ''])('is not of %s', (amount) =>
    expect(() => read(amount)).toThrow(expect.objectContaining({ code: 'payment.callback-malformed', kind: 'invalid' })),
  );
});
