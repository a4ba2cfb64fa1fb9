import { createHash } from 'node:crypto';
import { fromUnits, toUnits } from '@kernel/money.js';
import { eventually } from '@testing/eventually.js';
import { paymentProviderContract } from '@testing/payment-provider-contract.js';
import type { ProviderUnderTest } from '@testing/payment-provider-under-test.js';
import { testBook } from '@testing/payments-book.js';
import { readBook } from './booked-charge.js';
import { signature, SIGNATURE_HEADER } from './signature.js';
import { SimulatedPayments } from './simulated-payments.js';

const SECRET = 'a secret of this spec';

async function simulated(): Promise<ProviderUnderTest> {
  const book = await testBook();
  const provider = new SimulatedPayments({ statements: book.database, secret: SECRET, lateMs: 10 });
  // While it is stopped nothing is decided, and what is in flight stays there.
  let running = false;
  return {
    provider,
    unchargeable: [['0.00', 'GBP']],
    tokens: { approve: 'tok_approve', decline: 'tok_decline', pending: 'tok_late' },
    loseAnswers: async () => {
      await provider.stop();
      running = false;
      return 'tok_timeout_then_capture';
    },
    findAnswers: async () => {
      if (!running) provider.start('http://127.0.0.1:9/nobody-listens');
      running = true;
    },
    failRefund: async (paymentId, refundId) => {
      const at = `payment_id = '${paymentId}' and refund_id = '${refundId}'`;
      await book.database.query(
        { name: `fail-${paymentId}`, text: `update payments_simulator.refund set fails_at = clock_timestamp() where ${at}` },
        [],
      );
      if (!running) provider.start('http://127.0.0.1:9/nobody-listens');
      running = true;
      const text = `select from payments_simulator.refund where ${at}`;
      await eventually(async () => expect(await book.database.query({ name: `gone-${paymentId}`, text }, [])).toEqual([]));
    },
    word: async (paymentId) => {
      const own = (await readBook(book.database)).charges.filter((charge) => charge.paymentId === paymentId);
      const [{ authorised, captured, voided, refunded } = NOTHING] = own;
      return { charges: own.length, held: fromUnits(toUnits(authorised) - toUnits(captured) - toUnits(voided)), captured, refunded };
    },
    callback: ({ amount, ...told }, at) => {
      const id = createHash('md5').update(`${told.paymentId} ${told.type}`).digest('hex');
      const body = JSON.stringify({ id, ...told, ...amount, occurredAt: '2011-06-01T10:00:00.000Z' });
      return { body, headers: { [SIGNATURE_HEADER]: signature(SECRET, body, Math.floor(at.getTime() / 1_000)) } };
    },
    close: async () => {
      await provider.stop();
      await book.close();
    },
  };
}

const NOTHING = { authorised: '0.00', captured: '0.00', voided: '0.00', refunded: '0.00' };

paymentProviderContract('the simulated service', simulated);
