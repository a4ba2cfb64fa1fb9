import { sum } from '@kernel/money.js';
import type { KnownCharge } from '@kernel/ports/payment-provider.js';
import { GBP, newCharge } from '@testing/payment-provider-under-test.js';
import { SimulatedWorld } from '@testing/simulated-world.js';
import { readBook } from './booked-charge.js';
import { SimulatedPayments } from './simulated-payments.js';

const charge = (token: string): KnownCharge => ({ ...newCharge(token), reference: null });
const refused = async (answer: Promise<unknown>) =>
  expect(answer).rejects.toEqual(expect.objectContaining({ code: 'payment.provider-unavailable', kind: 'unavailable' }));

describe('the simulated payment service', () => {
  let world: SimulatedWorld;
  let service: SimulatedPayments;

  beforeAll(async () => void (world = await SimulatedWorld.make()));
  afterAll(() => world.close());
  beforeEach(() => void (service = world.service()));
  afterEach(() => world.clear());

  describe('tells the story of', () => {
    beforeEach(() => service.start(world.shop.url));

    it('tok_approve and tok_decline: an answer at once, and no callback', async () => {
      expect(await service.authorise(charge('tok_approve'))).toMatchObject({ status: 'authorised' });
      expect(await service.authorise(charge('tok_decline'))).toMatchObject({ status: 'declined', code: 'card_declined' });
      expect(await world.open()).toBe(0);
    });

    it('a token that it does not know, whatever its name: a decline', async () => {
      for (const token of ['tok_unheard_of', 'constructor', '__proto__'])
        expect(await service.authorise(charge(token))).toMatchObject({ status: 'declined', code: 'token_unknown' });
    });

    it('tok_late: pending, then authorised by a callback', async () => {
      const late = charge('tok_late');
      const { status, reference } = await service.authorise(late);
      expect(status).toBe('pending');
      await world.rest();
      const { paymentId, amount } = late;
      expect(world.notices()).toEqual([expect.objectContaining({ type: 'authorised', paymentId, reference, amount })]);
      expect(await service.authorise(late)).toEqual({ status: 'authorised', reference });
      expect(await service.capture(late)).toEqual({ status: 'captured' });
    });

    it('tok_timeout_then_capture: no answer, then the money is gone, and a callback says so', async () => {
      const lost = charge('tok_timeout_then_capture');
      await refused(service.authorise(lost));
      await world.rest();
      expect(world.told()).toEqual(['captured']);
      const { reference } = (await world.booked(lost))!;
      expect(await service.authorise(lost)).toEqual({ status: 'authorised', reference });
      expect(await service.capture(lost)).toEqual({ status: 'captured' });
      expect(await service.void(lost)).toEqual({ status: 'captured', reference, amount: GBP('12.34') });
      expect(await service.refund(lost, { refundId: 'r', amount: GBP('12.34') })).toMatchObject({ status: 'refunded' });
      expect(await world.booked(lost)).toMatchObject({ authorised: '12.34', captured: '12.34', voided: '0.00', refunded: '12.34' });
    });

    it('tok_refund_fails: gives back, takes it back and says so, and gives back for good when it is asked again', async () => {
      const asked = charge('tok_refund_fails');
      const { reference } = await service.authorise(asked);
      const known = { ...asked, reference };
      await service.capture(known);
      const refund = { refundId: 'r', amount: GBP('2.00') };
      const first = await service.refund(known, refund);
      expect(first).toEqual({ status: 'refunded', attempt: expect.any(String) });
      await world.rest();
      const about = { refundId: 'r', attempt: 'attempt' in first && first.attempt, amount: GBP('2.00') };
      expect(world.notices()).toEqual([
        expect.objectContaining({ ...about, type: 'refund-failed', code: 'account_closed' }),
        expect.objectContaining({ ...about, type: 'refunded' }),
      ]);
      expect(await world.booked(asked)).toMatchObject({ captured: '12.34', refunded: '0.00' });
      const second = await service.refund(known, refund);
      expect(second).not.toEqual(first);
      await world.rest();
      expect(world.told()).toEqual(['refund-failed', 'refunded', 'refunded']);
      expect(await world.booked(asked)).toMatchObject({ refunded: '2.00' });
    });

    it('every refund as well as answering it, once: the answer may be lost to whoever asked', async () => {
      const asked = charge('tok_approve');
      const { reference } = await service.authorise(asked);
      await service.capture(asked);
      const refund = { refundId: 'r', amount: GBP('2.00') };
      const answer = await service.refund(asked, refund);
      await service.refund(asked, refund);
      await world.rest();
      expect(world.notices()).toEqual([
        expect.objectContaining({
          type: 'refunded',
          paymentId: asked.paymentId,
          reference,
          ...refund,
          attempt: 'attempt' in answer && answer.attempt,
        }),
      ]);
    });

    it('tok_duplicate_callback: authorised by one notice that comes three times', async () => {
      expect(await service.authorise(charge('tok_duplicate_callback'))).toMatchObject({ status: 'pending' });
      await world.rest();
      expect(world.told()).toEqual(['authorised', 'authorised', 'authorised']);
      expect(new Set(world.notices().map(({ id }) => id)).size).toBe(1);
    });

    it('tok_out_of_order: authorised before a stale pending, captured before the answer to the capture', async () => {
      const mixed = charge('tok_out_of_order');
      expect(await service.authorise(mixed)).toMatchObject({ status: 'pending' });
      await world.rest();
      expect(world.told()).toEqual(['authorised', 'pending']);
      const [authorised, pending] = world.notices();
      expect(Date.parse(pending!.occurredAt)).toBeLessThan(Date.parse(authorised!.occurredAt));

      let answered = false;
      const order: string[] = [];
      world.shop.answer = () => {
        order.push(answered ? 'too late' : 'before the answer');
        return 204;
      };
      for (let time = 0; time < 2; time += 1) {
        expect(await service.capture(mixed)).toEqual({ status: 'captured' });
        answered = true;
      }
      await world.rest();
      expect([world.told().at(-1), ...order]).toEqual(['captured', 'before the answer']);
    });
  });

  describe('while it decides', () => {
    it('knows nothing of what is in flight, neither to void nor to capture nor to refund it', async () => {
      const lost = charge('tok_timeout_then_capture');
      for (let time = 0; time < 2; time += 1) await refused(service.authorise(lost));
      await refused(service.void(lost));
      await refused(service.capture(lost));
      await refused(service.refund(lost, { refundId: 'r', amount: GBP('1.00') }));
      expect(await world.booked(lost)).toMatchObject({ status: 'in-flight', authorised: '0.00' });
    });

    it('can be stopped by a void, and then never tells of it', async () => {
      const late = charge('tok_late');
      await service.authorise(late);
      expect(await service.capture(late)).toEqual({ status: 'refused', code: 'charge_pending' });
      expect(await service.void(late)).toEqual({ status: 'voided' });
      service.start(world.shop.url);
      await world.rest();
      expect(world.told()).toEqual([]);
      expect(await service.authorise(late)).toMatchObject({ status: 'declined', code: 'charge_voided' });
    });
  });

  it('charges once for a payment that several processes ask for at once', async () => {
    const [other, asked] = [world.service(), charge('tok_approve')];
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? service : other).authorise(asked)));
    expect(new Set(answers.map(({ reference }) => reference)).size).toBe(1);
    const { charges, totals } = await readBook(world.book.database);
    expect(charges).toHaveLength(1);
    expect(totals).toEqual({ GBP: { authorised: '12.34', captured: '0.00', voided: '0.00', refunded: '0.00' } });
  });

  it('lets either a capture or a void win, and the book adds up', async () => {
    const raced = Array.from({ length: 20 }, () => charge('tok_approve'));
    await Promise.all(raced.map((one) => service.authorise(one)));
    const outcomes = await Promise.all(raced.map((one) => Promise.all([service.capture(one), service.void(one)])));
    for (const [capture, release] of outcomes) expect(['captured captured', 'refused voided']).toContain(`${capture.status} ${release.status}`);
    const { authorised, captured, voided } = (await readBook(world.book.database)).totals['GBP']!;
    expect([sum([captured, voided]), authorised]).toEqual(['246.80', '246.80']);
  });

  it('takes nothing of a payment whose void came beside its authorisation', async () => {
    const raced = Array.from({ length: 20 }, () => charge('tok_approve'));
    await Promise.all(raced.map((one) => Promise.all([service.authorise(one), service.void(one)])));
    for (const { authorised, voided, status } of (await readBook(world.book.database)).charges)
      expect([status, voided]).toEqual(['voided', authorised]);
  });

  it('never gives back more than it took, however many ask at once', async () => {
    const asked = charge('tok_approve');
    await service.authorise(asked);
    await service.capture(asked);
    const refund = (n: number) => service.refund(asked, { refundId: `r-${n}`, amount: GBP('2.00') });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => refund(n)));
    expect(answers.filter(({ status }) => status === 'refunded')).toHaveLength(6);
    expect(await world.booked(asked)).toMatchObject({ captured: '12.34', refunded: '12.00' });
  });

  it('adds up no amounts of different currencies', async () => {
    await service.authorise(charge('tok_approve'));
    await service.authorise({ ...charge('tok_approve'), amount: { amount: '500', currency: 'JPY' } });
    expect((await readBook(world.book.database)).totals).toMatchObject({ GBP: { authorised: '12.34' }, JPY: { authorised: '500.00' } });
  });

  it('refuses to sign with nothing', () => {
    expect(() => new SimulatedPayments({ statements: world.book.database, secret: ' ' })).toThrow('secret');
  });
});
