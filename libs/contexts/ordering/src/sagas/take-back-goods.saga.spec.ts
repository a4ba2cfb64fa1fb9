import { specOfSaga } from '@testing/saga-given.js';
import { takingBack, type TakingBackMessage } from './take-back-goods.saga.js';

const given = specOfSaga(takingBack);
const returnId = 'r-1';
const orderId = 'o-1';
const goods = [{ sku: 'LAMP', quantity: 1 }];

const told = (type: TakingBackMessage['type'], data: object = {}): TakingBackMessage => ({ type, data }) as TakingBackMessage;
const received = told('ordering.ReturnReceived', { returnId, orderId, goods, amount: '12.00' });
const restocked = told('catalog.ReturnRestocked');
const refunded = told('ordering.PaymentRefunded');
const credited = told('ordering.CreditNoteRecorded', { creditNoteId: returnId, orderId, amount: '12.00', reason: 'too small' });
const noteAlone = told('ordering.CreditNoteRecorded', { creditNoteId: 'n-1', orderId, amount: '3.00', reason: 'scratched' });
const refused = (command: string) => told('command-refused', { commandId: 'x', command, code: 'some.code', detail: '' });
const skip = (step: string) => told('operator.skip', { by: 'u-1', reason: 'seen to', step });
const retry = told('operator.retry', { by: 'u-1' });
const compensate = told('operator.compensate', { by: 'u-1', reason: 'why not' });

describe('taking goods back', () => {
  it('restocks, refunds and credits, one after the other', () => {
    const begins = given().when(received);
    begins.asks({ RestockReturn: { returnId, orderId, lines: goods } });
    begins.stands({ status: 'running', step: 'restock-goods', remaining: ['refund-payment', 'credit-order'] });
    given(received)
      .when(restocked)
      .asks({ RefundPayment: { orderId, refundId: returnId, amount: '12.00', reason: 'returned' } });
    given(received, restocked).when(refunded).asks({ CreditReturn: { orderId, returnId } });
    given(received, restocked, refunded).when(credited).asksNothing();
    given(received, restocked, refunded, credited).stands({ status: 'ended', outcome: 'completed', remaining: [] });
  });

  it('gives nothing back for what was free', () => {
    const free = told('ordering.ReturnReceived', { returnId, orderId, goods, amount: '0.00' });
    given(free).when(restocked).asks({ CreditReturn: {} });
  });

  it('gives back money only for a credit note that no return is behind', () => {
    const begins = given().when(noteAlone);
    begins.asks({ RefundPayment: { orderId, refundId: 'n-1', amount: '3.00', reason: 'scratched' } });
    begins.stands({ status: 'running', step: 'refund-payment', remaining: [] });
    given(noteAlone).when(refunded).stands({ status: 'ended', outcome: 'completed' });
  });

  it.each([
    ['restock-goods', 'RestockReturn', [received], { RefundPayment: {} }],
    ['refund-payment', 'RefundPayment', [received, restocked], { CreditReturn: {} }],
  ] as const)('needs an operator where %s is refused, who sees to it and skips', (step, command, history, then) => {
    const failed = given(...history).when(refused(command));
    failed.asksNothing();
    failed.stands({ status: 'failed', step });
    given(...history, refused(command))
      .when(skip(step))
      .asks(then);
  });

  it('asks again for what was refused where an operator has it retried', () => {
    given(received, restocked, refused('RefundPayment'))
      .when(retry)
      .asks({ RefundPayment: { refundId: returnId } });
    given(received, restocked, refused('RefundPayment'), retry).stands({ status: 'running', step: 'refund-payment' });
    given(received, restocked).when(retry).isIgnored();
  });

  it('goes on by itself where the fact comes after all', () => {
    given(received, restocked, refused('RefundPayment')).when(refunded).asks({ CreditReturn: {} });
  });

  it('needs an operator where what was given back did not arrive, also once it is over', () => {
    const failed = told('ordering.PaymentRefundFailed');
    for (const history of [
      [received, restocked, refunded],
      [received, restocked, refunded, credited],
    ]) {
      given(...history)
        .when(failed)
        .stands({ status: 'failed', step: 'refund-payment' });
      given(...history, failed)
        .when(retry)
        .asks({ RefundPayment: { refundId: returnId } });
    }
    given(received, restocked, refunded, credited, failed, retry).when(refunded).stands({ status: 'ended', outcome: 'completed' });
  });

  it('is not troubled by a refusal that a fact has overtaken', () => {
    given(received, restocked).when(refused('RestockReturn')).stands({ status: 'running', step: 'refund-payment' });
  });

  it('cannot be undone: what came back stays', () => {
    given(received, restocked).when(compensate).asksNothing();
    given(received, restocked, compensate).when(refunded).asks({ CreditReturn: {} });
  });

  it('is known by its return, and a credit note by its own id where an order of this shop is behind it', () => {
    const { inputs } = takingBack;
    const idOf = (type: keyof typeof inputs, event: object) => inputs[type].saga(event as never);
    expect(idOf('ordering.ReturnReceived', { returnId })).toBe(returnId);
    expect(idOf('ordering.PaymentRefunded', { refundId: 'r-2', orderId })).toBe('r-2');
    expect(idOf('ordering.CreditNoteRecorded', { channel: 'web', orderId, creditNoteId: 'n-1' })).toBe('n-1');
    expect(idOf('ordering.CreditNoteRecorded', { channel: 'import', orderId, creditNoteId: 'n-1' })).toBeNull();
    expect(idOf('ordering.CreditNoteRecorded', { channel: 'web', orderId: null, creditNoteId: 'n-1' })).toBeNull();
  });

  it('keeps why a refund failed, for whoever reads its timeline', () =>
    expect(takingBack.inputs['ordering.PaymentRefundFailed'].take({ refundId: returnId, orderId, code: 'account_closed' } as never)).toEqual({
      code: 'account_closed',
    }));

  it('restocks goods only, and refunds all that they are worth', () => {
    const lines = [
      { kind: 'goods', sku: 'LAMP', quantity: 1 },
      { kind: 'tax', sku: 'TAX', quantity: 1 },
    ];
    expect(takingBack.inputs['ordering.ReturnReceived'].take({ returnId, orderId, lines, total: '12.00' } as never)).toEqual({
      returnId,
      orderId,
      goods,
      amount: '12.00',
    });
  });
});
