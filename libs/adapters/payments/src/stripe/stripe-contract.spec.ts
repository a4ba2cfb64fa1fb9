import { FakeStripe } from '@testing/fake-stripe.js';
import { paymentProviderContract } from '@testing/payment-provider-contract.js';
import type { ProviderUnderTest } from '@testing/payment-provider-under-test.js';
import { fromMinor } from '../minor-units.js';
import { StripePayments } from './stripe-payments.js';

/** The events by which Stripe tells what the port has one word for. */
const EVENTS = {
  pending: 'payment_intent.requires_action',
  authorised: 'payment_intent.amount_capturable_updated',
  declined: 'payment_intent.payment_failed',
  captured: 'payment_intent.succeeded',
  voided: 'payment_intent.canceled',
  refunded: 'refund.created',
  'refund-failed': 'refund.failed',
};

async function stripe(): Promise<ProviderUnderTest> {
  const fake = await FakeStripe.start();
  const { secretKey, webhookSecret, ledger } = fake;
  const total = (amounts: number[], currency = 'gbp') =>
    amounts.length
      ? fromMinor(
          amounts.reduce((sum, amount) => sum + amount, 0),
          currency.toUpperCase(),
        ).amount
      : '0.00';
  return {
    provider: new StripePayments({ secretKey, webhookSecret, apiBase: fake.url, retries: 0 }),
    unchargeable: [
      ['10.005', 'GBP'],
      ['10.50', 'JPY'],
      ['0.00', 'GBP'],
    ],
    tokens: { approve: 'pm_card_visa', decline: 'pm_card_chargeDeclined', pending: 'pm_card_authenticationRequired' },
    loseAnswers: async () => {
      fake.fault = 'answers-lost';
      return 'pm_card_visa';
    },
    findAnswers: async () => void (fake.fault = null),
    failRefund: async (paymentId, refundId) => void ledger.failRefund({ payment_id: paymentId, refund_id: refundId }),
    word: async (paymentId) => {
      const own = [...ledger.intents.values()].filter(({ metadata }) => metadata['payment_id'] === paymentId);
      const refunds = own.flatMap(({ id }) => ledger.refundsOf(id)).filter(({ status }) => status === 'succeeded');
      const currency = own[0]?.currency;
      return {
        charges: own.length,
        held: total(
          own.map((intent) => intent.amount_capturable),
          currency,
        ),
        captured: total(
          own.map((intent) => intent.amount_received),
          currency,
        ),
        refunded: total(
          refunds.map(({ amount }) => amount),
          currency,
        ),
      };
    },
    callback: ({ type, paymentId }, at) => {
      const of = (object: object) => (object as { metadata?: Record<string, string> }).metadata?.['payment_id'];
      const told = ledger.events.find((event) => event.type === EVENTS[type] && of(event.data.object) === paymentId);
      return fake.webhook(told!, at);
    },
    close: () => fake.close(),
  };
}

paymentProviderContract('Stripe', stripe);
