import { testOrdering, type TestOrdering } from '@testing/ordering.js';
import type { ProviderNotice } from '@kernel/ports/payment-provider.js';
import { toFigures } from '../payments.js';
import { TakePaymentNotice, TakePaymentNoticeHandler } from './take-payment-notice.js';

let ordering: TestOrdering;
let handler: TakePaymentNoticeHandler;
beforeAll(async () => {
  ordering = await testOrdering();
  handler = new TakePaymentNoticeHandler(ordering.stores, ordering.scope, ordering.orders, ordering.payments);
});
afterAll(() => ordering.close());

let orderId: string;
let count = 0;
beforeEach(async () => {
  orderId = `o-${++count}`;
  await ordering.place(orderId);
});

const notice = (type: ProviderNotice['type'], of: Partial<ProviderNotice> = {}): ProviderNotice => ({
  id: `${orderId}-${type}`,
  paymentId: orderId,
  reference: 'ref',
  type,
  amount: { amount: '5.00', currency: 'GBP' },
  occurredAt: '2026-11-21T10:00:00.000Z',
  ...of,
});
/** As a request of its own, whose actor is its principal. */
function take(told: ProviderNotice) {
  const scope = {
    ...ordering.scope.current(),
    get actor(): string | null {
      return this.principal?.id ?? null;
    },
  };
  return ordering.scope.run(scope, () => handler.execute(new TakePaymentNotice('simulated', told)));
}
const history = async () => (await ordering.payments.repository.history(orderId)).map(({ type, actor }) => [type, actor]);
const figures = async () => toFigures((await ordering.payments.repository.load(orderId)).state);
const ACTOR = 'provider:simulated';

it('records what the provider tells, as the provider’s doing', async () => {
  expect(await take(notice('authorised'))).toMatchObject({ status: 200 });
  expect(await history()).toEqual([['ordering.PaymentAuthorised', ACTOR]]);
});

it('takes effect once for an id, and answers a repeat as the first, however it is worded', async () => {
  const first = await take(notice('refunded', { amount: { amount: '1.00', currency: 'GBP' }, refundId: 'r' }));
  const again = await take(notice('refunded', { amount: { amount: '2.00', currency: 'GBP' }, refundId: 'q' }));
  expect(again).toMatchObject({ status: first.status, body: first.body, replayed: true });
  expect(await figures()).toEqual({ status: 'partially-refunded', authorised: '5.00', captured: '5.00', refunded: '1.00', failure: null });
});

it('takes effect once where a provider tells the same twenty times at once', async () => {
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => take(notice('captured'))));
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [(answer.reason as { code: string }).code] : []));
  expect(refused.filter((code) => code !== 'idempotency.in-flight')).toEqual([]);
  expect(await take(notice('captured'))).toMatchObject({ status: 200, replayed: true });
  expect((await history()).map(([type]) => type)).toEqual(['ordering.PaymentAuthorised', 'ordering.PaymentCaptured']);
});

it('remembers an id of which it had nothing new to learn', async () => {
  await take(notice('captured'));
  expect(await take(notice('authorised'))).not.toHaveProperty('replayed');
  expect(await take(notice('authorised'))).toHaveProperty('replayed', true);
  expect(await figures()).toEqual({ status: 'captured', authorised: '5.00', captured: '5.00', refunded: '0.00', failure: null });
});

it('knows the payment by its order, before the provider’s own answer was recorded', async () => {
  await take(notice('pending'));
  await take(notice('declined', { code: 'no-funds' }));
  expect(await figures()).toMatchObject({ status: 'declined', failure: 'no-funds' });
  expect(await history()).toEqual([
    ['ordering.PaymentPending', ACTOR],
    ['ordering.PaymentDeclined', ACTOR],
  ]);
});

it('takes a refund of the provider’s own desk by the notice’s id', async () => {
  await take(notice('captured'));
  await take(notice('refunded', { id: 'desk-1', amount: { amount: '2.50', currency: 'GBP' } }));
  expect((await ordering.payments.repository.load(orderId)).state.refunds).toEqual([{ refundId: 'desk-1', amount: '2.50' }]);
});

it('takes back a refund that has failed, once for each attempt', async () => {
  const [refundId, amount] = ['r', { amount: '2.50', currency: 'GBP' }];
  await take(notice('refunded', { refundId, amount, attempt: 're-1' }));
  expect(await figures()).toMatchObject({ status: 'partially-refunded', refunded: '2.50' });
  await take(notice('refund-failed', { refundId, amount, attempt: 're-1', code: 'account_closed' }));
  expect(await figures()).toMatchObject({ status: 'captured', refunded: '0.00', failure: 'account_closed' });
  await take(notice('refunded', { id: 'late', refundId, amount, attempt: 're-1' }));
  expect(await figures()).toMatchObject({ refunded: '0.00' });
  await take(notice('refunded', { id: 'again', refundId, amount, attempt: 're-2' }));
  await take(notice('refund-failed', { id: 'late-failure', refundId, amount, attempt: 're-1', code: 'account_closed' }));
  expect(await figures()).toMatchObject({ status: 'partially-refunded', refunded: '2.50' });
});

it('is told again what it cannot record yet: a payment that is not known, or one of other money', async () => {
  const unknown = notice('captured', { id: 'early', paymentId: 'o-to-come' });
  await expect(take(unknown)).rejects.toMatchObject({ code: 'ordering.payment-not-found', kind: 'not-found' });
  await ordering.place('o-to-come');
  expect(await take(unknown)).toMatchObject({ status: 200 });
  await expect(take(notice('authorised', { amount: { amount: '0.01', currency: 'GBP' } }))).rejects.toMatchObject({
    code: 'ordering.payment-mismatch',
  });
  await ordering.place('o-free', { payment: null });
  await expect(take(notice('captured', { id: 'free', paymentId: 'o-free' }))).rejects.toMatchObject({ code: 'ordering.payment-not-found' });
});
