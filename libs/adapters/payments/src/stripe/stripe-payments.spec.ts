import { randomUUID } from 'node:crypto';
import type { Charge, KnownCharge } from '@kernel/ports/payment-provider.js';
import { FakeStripe, type Fault } from '@testing/fake-stripe.js';
import type { FakeIntent } from '@testing/fake-stripe-ledger.js';
import { StripePayments } from './stripe-payments.js';

const GBP = (amount: string) => ({ amount, currency: 'GBP' });
const UNAVAILABLE = expect.objectContaining({ code: 'payment.provider-unavailable', kind: 'unavailable' });

describe('Stripe', () => {
  let fake: FakeStripe;
  let provider: StripePayments;

  beforeEach(async () => {
    fake = await FakeStripe.start();
    provider = newProvider();
  });
  afterEach(() => fake.close());

  const newProvider = (options: Partial<ConstructorParameters<typeof StripePayments>[0]> = {}) =>
    new StripePayments({ secretKey: fake.secretKey, webhookSecret: fake.webhookSecret, apiBase: fake.url, retries: 0, ...options });
  const charge = (token = 'pm_card_visa'): Charge => ({ paymentId: randomUUID(), amount: GBP('12.34'), token });
  const unlearnt = (asked: Charge): KnownCharge => ({ ...asked, reference: null });
  const authorised = async (asked = charge()): Promise<KnownCharge> => ({ ...asked, reference: (await provider.authorise(asked)).reference });
  const intent = ({ paymentId }: Charge): FakeIntent => fake.ledger.search(`metadata['payment_id']:'${paymentId}'`)[0]!;
  const webhook = (type: string, object: object) => {
    const { body, headers } = fake.webhook({ object: 'event', id: 'evt_1', type, created: 1_300_000_000, data: { object } });
    return provider.notice(body, headers, new Date());
  };

  it('is given a payment intent to be captured later, with our id as its merchant reference', async () => {
    const asked = charge();
    await provider.authorise(asked);
    expect(intent(asked)).toMatchObject({
      amount: 1234,
      currency: 'gbp',
      status: 'requires_capture',
      metadata: { payment_id: asked.paymentId },
      description: `Payment ${asked.paymentId}`,
    });
  });

  it.each<Fault>(['answers-lost', 'silent', 'unreachable', 'failing', 'busy'])('is asked again, to one effect, after %s', async (fault) => {
    provider = newProvider({ timeoutMs: 200 });
    const asked = charge();
    fake.fault = fault;
    await expect(provider.authorise(asked)).rejects.toEqual(UNAVAILABLE);
    fake.fault = null;
    const known = await authorised(asked);
    fake.fault = fault;
    await expect(provider.capture(known)).rejects.toEqual(UNAVAILABLE);
    fake.fault = null;
    expect(await provider.capture(known)).toEqual({ status: 'captured' });
    fake.fault = fault;
    await expect(provider.refund(known, { refundId: 'r', amount: GBP('2.00') })).rejects.toEqual(UNAVAILABLE);
    fake.fault = null;
    expect(await provider.refund(known, { refundId: 'r', amount: GBP('2.00') })).toMatchObject({ status: 'refunded' });
    expect([fake.ledger.intents.size, fake.ledger.refunds.length]).toEqual([1, 1]);
  });

  it('is asked once more at once where the network failed, within one request of ours', async () => {
    provider = newProvider({ retries: 1, timeoutMs: 200 });
    fake.fault = 'silent';
    const answer = provider.authorise(charge());
    while (fake.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    fake.fault = null;
    expect(await answer).toMatchObject({ status: 'authorised' });
    expect([fake.requests.length, fake.ledger.intents.size]).toEqual([2, 1]);
  });

  it('is unavailable to a key that it does not take', async () => {
    await expect(newProvider({ secretKey: 'sk_test_revoked' }).authorise(charge())).rejects.toEqual(UNAVAILABLE);
  });

  it('is searched for an intent whose creation it keeps answering with an error', async () => {
    const asked = { ...charge(), paymentId: "o'brien\\1" };
    fake.fault = 'failing-for-good';
    await expect(provider.authorise(asked)).rejects.toEqual(UNAVAILABLE);
    fake.fault = null;
    await expect(provider.authorise(asked)).rejects.toEqual(UNAVAILABLE);
    expect(await provider.void(unlearnt(asked))).toEqual({ status: 'voided' });
    expect([...fake.ledger.intents.values()]).toEqual([expect.objectContaining({ status: 'canceled' })]);
  });

  it.each<Fault | null>([null, 'unreachable', 'failing', 'busy'])('authorises no card only to void it: %s before', async (fault) => {
    const asked = charge();
    fake.fault = fault;
    if (fault) await expect(provider.authorise(asked)).rejects.toEqual(UNAVAILABLE);
    if (fault) await expect(provider.void(unlearnt(asked))).rejects.toEqual(UNAVAILABLE);
    fake.fault = null;
    expect(await provider.void(unlearnt(asked))).toEqual({ status: 'voided' });
    expect(await provider.authorise(asked)).toMatchObject({ status: 'declined' });
    expect(fake.ledger.events.map(({ type }) => type)).toEqual(['payment_intent.canceled']);
    expect([...fake.ledger.intents.values()]).toEqual([expect.objectContaining({ status: 'canceled' })]);
  });

  it('frees what it authorised without saying so', async () => {
    const asked = charge();
    fake.fault = 'answers-lost';
    await expect(provider.authorise(asked)).rejects.toEqual(UNAVAILABLE);
    fake.fault = null;
    expect(await provider.void(unlearnt(asked))).toEqual({ status: 'voided' });
    expect([...fake.ledger.intents.values()]).toEqual([expect.objectContaining({ status: 'canceled', amount_capturable: 0 })]);
  });

  it('is not known to have nothing, where that search finds nothing', async () => {
    const asked = charge();
    fake.fault = 'failing';
    await expect(provider.void(unlearnt(asked))).rejects.toEqual(UNAVAILABLE);
  });

  it('gives money back once for each refund, though it has forgotten the key', async () => {
    const known = await authorised();
    await provider.capture(known);
    for (let day = 0; day < 3; day += 1) {
      expect(await provider.refund(known, { refundId: 'r', amount: GBP('2.00') })).toMatchObject({ status: 'refunded' });
      fake.forgetKeys();
    }
    expect(fake.ledger.refunds).toHaveLength(1);
  });

  it('does not capture twice, nor after a void, though it has forgotten everything', async () => {
    const [taken, freed] = [await authorised(), await authorised()];
    await provider.capture(taken);
    await provider.void(freed);
    fake.forgetKeys();
    expect(await provider.capture(taken)).toEqual({ status: 'captured' });
    expect(await provider.capture(freed)).toEqual({ status: 'refused', code: 'payment_intent_unexpected_state' });
    expect(await provider.void(freed)).toEqual({ status: 'voided' });
  });

  it('cannot void what it is processing, and captures it once it has', async () => {
    const known = await authorised(charge('pm_card_authenticationRequired'));
    const object = intent(known);
    object.status = 'processing';
    await expect(provider.void(known)).rejects.toEqual(UNAVAILABLE);
    expect(await provider.capture(known)).toEqual({ status: 'pending' });
    fake.ledger.complete(object.id);
    expect(await provider.capture(known)).toEqual({ status: 'captured' });
  });

  it('is told nothing by name of an intent that it does not have', async () => {
    const lost: KnownCharge = { ...charge(), reference: 'pi_of_another_account' };
    expect(await provider.capture(lost)).toEqual({ status: 'refused', code: 'resource_missing' });
    expect(await provider.refund(lost, { refundId: 'r', amount: GBP('1.00') })).toEqual({ status: 'refused', code: 'resource_missing' });
    expect(await provider.void(lost)).toEqual({ status: 'voided' });
  });

  it('declines what it finds wrong, with its own code', async () => {
    const huge = { ...charge(), amount: GBP('1000000.00') };
    expect(await provider.authorise(huge)).toEqual({ status: 'declined', reference: null, code: 'amount_too_large' });
    expect(await provider.authorise(charge('pm_unknown'))).toEqual({ status: 'declined', reference: null, code: 'resource_missing' });
    expect(await provider.capture(unlearnt(charge('pm_unknown')))).toEqual({ status: 'refused', code: 'charge_unknown' });
    expect(await provider.void(unlearnt(charge('pm_unknown')))).toEqual({ status: 'voided' });
  });

  it.each([
    ['payment_intent.created', {}],
    ['charge.refunded', {}],
    ['constructor', {}],
    ['payment_intent.succeeded', { metadata: {} }],
    ['payment_intent.succeeded', { metadata: null }],
    ['payment_intent.amount_capturable_updated', { amount_capturable: 0 }],
  ])('tells nothing of a payment of ours by %s with %j', (type, changes) => {
    expect(webhook(type, { ...INTENT, ...changes })).toBeNull();
  });

  it.each([
    ['of another shop', { metadata: {} }],
    ['that is not through', { status: 'pending' }],
  ])('tells nothing by a refund %s', (_, changes) => {
    expect(webhook('refund.updated', REFUND)).toMatchObject({ type: 'refunded', refundId: 'r', amount: GBP('2.00'), reference: 'pi_1' });
    expect(webhook('refund.updated', { ...REFUND, ...changes })).toBeNull();
  });

  it.each([
    ['refund.failed', { status: 'failed', failure_reason: 'lost_or_stolen_card' }, 'lost_or_stolen_card'],
    ['refund.updated', { status: 'failed', failure_reason: null }, 'failed'],
    ['refund.updated', { status: 'canceled' }, 'canceled'],
  ])('tells of a refund that failed by %s with %j', (type, changes, code) => {
    expect(webhook(type, { ...REFUND, ...changes })).toMatchObject({
      type: 'refund-failed',
      refundId: 'r',
      attempt: 're_1',
      amount: GBP('2.00'),
      code,
    });
  });

  it('tells when it happened, and what was captured of what was asked for', () => {
    expect(webhook('payment_intent.succeeded', INTENT)).toEqual({
      id: 'evt_1',
      type: 'captured',
      paymentId: 'order-1',
      reference: 'pi_1',
      amount: { amount: '7.00', currency: 'JPY' },
      occurredAt: '2011-03-13T07:06:40.000Z',
    });
    expect(webhook('payment_intent.processing', INTENT)).toMatchObject({ type: 'pending' });
    expect(webhook('payment_intent.payment_failed', INTENT)).toMatchObject({ type: 'declined', code: 'payment_failed' });
  });

  it.each([
    ['an intent without an amount', JSON.stringify({ id: 'e', type: 'payment_intent.succeeded', created: 1, data: { object: { id: 'pi' } } })],
    ['no event', '{}'],
    ['null', 'null'],
    ['a thin event', JSON.stringify({ object: 'v2.core.event', id: 'e' })],
    ['no JSON', 'hello'],
  ])('refuses %s, though it is signed', (_, body) => {
    expect(() => provider.notice(body, fake.sign(body), new Date())).toThrow(
      expect.objectContaining({ code: 'payment.callback-malformed', kind: 'invalid' }),
    );
  });

  it.each(['ftp://stripe.example', 'https://stripe.example/v2', 'https://stripe.example?key=1'])('is not at %s', (apiBase) => {
    expect(() => newProvider({ apiBase })).toThrow('not the address');
  });

  it('is not believed without a webhook secret', () => {
    expect(() => newProvider({ webhookSecret: '' })).toThrow('webhook secret');
  });
});

const INTENT = {
  id: 'pi_1',
  amount: 12,
  amount_capturable: 12,
  amount_received: 7,
  currency: 'jpy',
  metadata: { payment_id: 'order-1' },
  last_payment_error: null,
};
const REFUND = {
  id: 're_1',
  amount: 200,
  currency: 'gbp',
  status: 'succeeded',
  payment_intent: 'pi_1',
  metadata: { payment_id: 'order-1', refund_id: 'r' },
};
