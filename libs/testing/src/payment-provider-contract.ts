import type { Charge, KnownCharge, PaymentProvider } from '@kernel/ports/payment-provider.js';
import { eventually } from './eventually.js';
import { paymentNoticeContract } from './payment-notice-contract.js';
import { GBP, newCharge, type ProviderUnderTest } from './payment-provider-under-test.js';

const refusal = (code: string, kind: string) => expect.objectContaining({ name: 'Refusal', code, kind });
const UNAVAILABLE = refusal('payment.provider-unavailable', 'unavailable');
const UNREPRESENTABLE = refusal('payment.amount-not-representable', 'invalid');
const CHANGED = refusal('payment.request-changed', 'conflict');

/** What every adapter of the payment port promises, run against the service that it speaks to, or a fake of that. */
export function paymentProviderContract(name: string, make: () => Promise<ProviderUnderTest>): void {
  describe(`${name} keeps the payment contract`, () => {
    let under: ProviderUnderTest;
    let provider: PaymentProvider;
    beforeAll(async () => {
      under = await make();
      provider = under.provider;
    });
    afterAll(() => under.close());
    afterEach(() => under.findAnswers());

    const charge = (token = under.tokens.approve, amount?: string, currency?: string): Charge => newCharge(token, amount, currency);
    const authorised = async (asked = charge()): Promise<KnownCharge> => {
      const answer = await provider.authorise(asked);
      expect(answer).toEqual({ status: 'authorised', reference: expect.stringMatching(/./) });
      return { ...asked, reference: answer.reference };
    };
    const captured = async (asked = charge()): Promise<KnownCharge> => {
      const known = await authorised(asked);
      expect(await provider.capture(known)).toEqual({ status: 'captured' });
      return known;
    };

    describe('authorises', () => {
      it('once, however often it is asked, one after the other and at once', async () => {
        const known = await authorised();
        const again = await Promise.all(Array.from({ length: 5 }, () => provider.authorise(known)));
        for (const answer of again) expect(answer).toEqual({ status: 'authorised', reference: known.reference });
        expect(await under.word(known.paymentId)).toEqual({ charges: 1, held: '12.34', captured: '0.00', refunded: '0.00' });
      });

      it('or declines, for good', async () => {
        const asked = charge(under.tokens.decline);
        const answer = await provider.authorise(asked);
        expect(answer).toMatchObject({ status: 'declined', code: 'card_declined' });
        expect(await provider.authorise(asked)).toEqual(answer);
        expect(await under.word(asked.paymentId)).toMatchObject({ charges: 1, held: '0.00' });
      });

      it('or declines a token that it has never heard of', async () => {
        expect(await provider.authorise(charge('tok_of_nobody'))).toMatchObject({ status: 'declined', code: expect.stringMatching(/./) });
      });

      it('or cannot tell yet, and takes back what it has not decided', async () => {
        const asked = charge(under.tokens.pending);
        const answer = await provider.authorise(asked);
        expect(answer).toEqual({ status: 'pending', reference: expect.stringMatching(/./) });
        expect(await provider.void({ ...asked, reference: answer.reference })).toEqual({ status: 'voided' });
        expect(await under.word(asked.paymentId)).toMatchObject({ charges: 1, held: '0.00', captured: '0.00' });
      });

      it('refuses the same payment with other figures', async () => {
        const known = await authorised();
        await expect(provider.authorise({ ...known, amount: GBP('12.35') })).rejects.toEqual(CHANGED);
      });

      it.each([
        ['0.01', 'GBP'],
        ['8191.99', 'EUR'],
        ['0.29', 'USD'],
        ['500', 'JPY'],
      ])('%s %s to the last digit', async (amount, currency) => {
        const known = await captured(charge(under.tokens.approve, amount, currency));
        expect((await under.word(known.paymentId)).captured).toBe(currency === 'JPY' ? '500.00' : amount);
      });

      it('nothing that it cannot charge exactly', async () => {
        for (const [amount, currency] of under.unchargeable) {
          const asked = charge(under.tokens.approve, amount, currency);
          await expect(provider.authorise(asked)).rejects.toEqual(UNREPRESENTABLE);
          expect((await under.word(asked.paymentId)).charges).toBe(0);
        }
      });
    });

    describe('captures', () => {
      it('once, however often it is asked', async () => {
        const known = await authorised();
        const answers = await Promise.all(Array.from({ length: 5 }, () => provider.capture(known)));
        for (const answer of [...answers, await provider.capture(known)]) expect(answer).toEqual({ status: 'captured' });
        expect(await under.word(known.paymentId)).toEqual({ charges: 1, held: '0.00', captured: '12.34', refunded: '0.00' });
      });

      it('by the payment’s id alone, where the reference was never learnt', async () => {
        const known = await authorised();
        expect(await provider.capture({ ...known, reference: null })).toEqual({ status: 'captured' });
        expect(await under.word(known.paymentId)).toMatchObject({ charges: 1, captured: '12.34' });
      });

      it('nothing that is void', async () => {
        const known = await authorised();
        await provider.void(known);
        expect(await provider.capture(known)).toEqual({ status: 'refused', code: expect.stringMatching(/./) });
        expect((await under.word(known.paymentId)).captured).toBe('0.00');
      });
    });

    describe('voids', () => {
      it('once, however often it is asked', async () => {
        const known = await authorised();
        for (let time = 0; time < 3; time += 1) expect(await provider.void(known)).toEqual({ status: 'voided' });
        expect(await under.word(known.paymentId)).toEqual({ charges: 1, held: '0.00', captured: '0.00', refunded: '0.00' });
      });

      it('nothing that is captured, and tells how much that was', async () => {
        const known = await captured();
        const answer = { status: 'captured', reference: known.reference, amount: GBP('12.34') };
        expect(await provider.void(known)).toEqual(answer);
        expect(await provider.void({ ...known, reference: null })).toEqual(answer);
        expect((await under.word(known.paymentId)).captured).toBe('12.34');
      });

      it('what was declined, or never asked for: nothing is taken any more', async () => {
        const declined = charge(under.tokens.decline);
        await provider.authorise(declined);
        expect(await provider.void({ ...declined, reference: null })).toEqual({ status: 'voided' });
        const never = charge();
        expect(await provider.void({ ...never, reference: null })).toEqual({ status: 'voided' });
        expect(await provider.capture({ ...never, reference: null })).toMatchObject({ status: 'refused' });
        expect(await under.word(never.paymentId)).toMatchObject({ held: '0.00', captured: '0.00' });
      });

      it('what was never asked for without asking a card, and for good: what comes later is declined', async () => {
        const never = charge();
        for (let time = 0; time < 2; time += 1) expect(await provider.void({ ...never, reference: null })).toEqual({ status: 'voided' });
        expect(await provider.authorise(never)).toMatchObject({ status: 'declined', code: expect.stringMatching(/./) });
        expect(await provider.void({ ...never, reference: null })).toEqual({ status: 'voided' });
        expect(await under.word(never.paymentId)).toEqual({ charges: 1, held: '0.00', captured: '0.00', refunded: '0.00' });
        await expect(provider.authorise({ ...never, amount: GBP('12.35') })).rejects.toEqual(CHANGED);
      });
    });

    describe('refunds', () => {
      it('a part and the rest, each once, and never more than was captured', async () => {
        const known = await captured();
        const [part, rest] = [
          { refundId: 'return-1', amount: GBP('2.35') },
          { refundId: 'return-2', amount: GBP('9.99') },
        ];
        expect(await provider.refund(known, { refundId: 'greedy', amount: GBP('12.35') })).toMatchObject({ status: 'refused' });
        for (let time = 0; time < 2; time += 1) expect(await provider.refund(known, part)).toMatchObject({ status: 'refunded' });
        expect(await provider.refund(known, { refundId: 'late', amount: GBP('10.00') })).toMatchObject({ status: 'refused' });
        const answers = await Promise.all(Array.from({ length: 4 }, () => provider.refund({ ...known, reference: null }, rest)));
        for (const answer of answers) expect(answer).toEqual({ status: 'refunded', attempt: expect.stringMatching(/./) });
        expect(new Set(answers.map((answer) => 'attempt' in answer && answer.attempt)).size).toBe(1);
        expect(await provider.refund(known, { refundId: 'cent', amount: GBP('0.01') })).toMatchObject({ status: 'refused' });
        expect(await under.word(known.paymentId)).toEqual({ charges: 1, held: '0.00', captured: '12.34', refunded: '12.34' });
      });

      it('anew, by another attempt, what it had accepted and what failed since', async () => {
        const known = await captured();
        const refund = { refundId: 'r', amount: GBP('2.35') };
        const first = await provider.refund(known, refund);
        await under.failRefund(known.paymentId, 'r');
        expect((await under.word(known.paymentId)).refunded).toBe('0.00');
        const second = await provider.refund(known, refund);
        expect(second).toEqual({ status: 'refunded', attempt: expect.stringMatching(/./) });
        expect(second).not.toEqual(first);
        expect(await provider.refund(known, refund)).toEqual(second);
        expect((await under.word(known.paymentId)).refunded).toBe('2.35');
      });

      it('not what was never captured', async () => {
        const known = await authorised();
        expect(await provider.refund(known, { refundId: 'r', amount: GBP('1.00') })).toEqual({ status: 'refused', code: expect.stringMatching(/./) });
      });

      it('not the same refund with another amount, and none that cannot be paid exactly', async () => {
        const known = await captured();
        await provider.refund(known, { refundId: 'r', amount: GBP('1.00') });
        await expect(provider.refund(known, { refundId: 'r', amount: GBP('2.00') })).rejects.toEqual(CHANGED);
        const [[amount] = ['0.00']] = under.unchargeable;
        await expect(provider.refund(known, { refundId: 's', amount: GBP(amount) })).rejects.toEqual(UNREPRESENTABLE);
        expect((await under.word(known.paymentId)).refunded).toBe('1.00');
      });
    });

    it('says so where it does not know what was done, and learns of the first time when it asks again', async () => {
      const asked = charge(await under.loseAnswers());
      await expect(provider.authorise(asked)).rejects.toEqual(UNAVAILABLE);
      await expect(provider.void({ ...asked, reference: null })).rejects.toEqual(UNAVAILABLE);
      await under.findAnswers();
      await eventually(async () => expect(await provider.authorise(asked)).toMatchObject({ status: 'authorised' }));
      expect(await provider.capture({ ...asked, reference: null })).toEqual({ status: 'captured' });
      expect(await under.word(asked.paymentId)).toMatchObject({ charges: 1, held: '0.00', captured: '12.34' });
    });

    paymentNoticeContract(() => under);
  });
}
