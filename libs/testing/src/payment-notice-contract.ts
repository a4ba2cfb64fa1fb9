import { randomUUID } from 'node:crypto';
import type { KnownCharge, ProviderNotice } from '@kernel/ports/payment-provider.js';
import { Refusal } from '@kernel/refusal.js';
import { asked, GBP, newCharge, type PostedCallback, type ProviderUnderTest } from './payment-provider-under-test.js';

type Type = ProviderNotice['type'];

interface Happened extends KnownCharge {
  /** Of a refund. */
  readonly attempt?: string;
}

/** What makes a provider tell each thing. */
const HAPPENINGS: Readonly<Record<Type, (under: ProviderUnderTest) => Promise<Happened>>> = {
  pending: ({ provider, tokens }) => asked(provider, newCharge(tokens.pending)),
  authorised: ({ provider, tokens }) => asked(provider, newCharge(tokens.approve)),
  declined: ({ provider, tokens }) => asked(provider, newCharge(tokens.decline)),
  captured: async (under) => {
    const known = await HAPPENINGS.authorised(under);
    await under.provider.capture(known);
    return known;
  },
  voided: async (under) => {
    const known = await HAPPENINGS.authorised(under);
    await under.provider.void(known);
    return known;
  },
  refunded: async (under) => {
    const known = await HAPPENINGS.captured(under);
    const answer = await under.provider.refund(known, { refundId: 'r-1', amount: GBP('2.35') });
    return answer.status === 'refunded' ? { ...known, attempt: answer.attempt } : known;
  },
  'refund-failed': async (under) => {
    const refunded = await HAPPENINGS.refunded(under);
    await under.failRefund(refunded.paymentId, 'r-1');
    return refunded;
  },
};

const CODES: { readonly [Told in Type]?: string } = { declined: 'card_declined', 'refund-failed': 'expired_or_canceled_card' };

const noticeOf = (type: Type, { paymentId, reference, attempt }: Happened) => ({
  paymentId,
  reference: reference!,
  type,
  amount: GBP(attempt === undefined ? '12.34' : '2.35'),
  ...(CODES[type] && { code: CODES[type] }),
  ...(attempt !== undefined && { refundId: 'r-1', attempt }),
});

/** The headers with each value changed. */
const changed = ({ headers }: PostedCallback, change: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, change(value)]));

const UNSIGNED = 'payment.callback-unsigned unauthenticated';
const EXPIRED = 'payment.callback-expired unauthenticated';

/** What every adapter promises of the callbacks that its service sends. */
export function paymentNoticeContract(underTest: () => ProviderUnderTest): void {
  describe('reads callbacks', () => {
    // Not the machine's time: that would hide an adapter that looks at its own clock.
    const now = new Date('2011-06-01T10:00:00.000Z');
    const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
    const read = (body: string, headers: Readonly<Record<string, string>>, at = now): unknown => {
      try {
        return underTest().provider.notice(body, headers, at);
      } catch (error) {
        return error instanceof Refusal ? `${error.code} ${error.kind}` : error;
      }
    };

    it.each(Object.keys(HAPPENINGS) as Type[])('of what is %s, with the same id each time', async (type) => {
      const told = noticeOf(type, await HAPPENINGS[type](underTest()));
      const first = underTest().callback(told, now);
      const notice = read(first.body, first.headers);
      expect(notice).toEqual({ ...told, id: expect.stringMatching(/./), occurredAt: expect.stringMatching(/^\d{4}-.*Z$/) });
      const again = underTest().callback(told, secondsAgo(-60));
      expect(read(again.body, again.headers, secondsAgo(-60))).toEqual(notice);
    });

    it('only with the signature of this very body, made not long ago', async () => {
      const told = noticeOf('authorised', await HAPPENINGS.authorised(underTest()));
      const posted = underTest().callback(told, now);
      const { body, headers } = posted;
      expect(
        read(
          body,
          changed(posted, (value) => value.replace(/.$/, (last) => (last === '0' ? '1' : '0'))),
        ),
      ).toBe(UNSIGNED);
      expect(read(body, {})).toBe(UNSIGNED);
      expect(read(body.replace(told.paymentId, randomUUID()), headers)).toBe(UNSIGNED);
      const old = underTest().callback(told, secondsAgo(301));
      expect(read(old.body, old.headers)).toBe(EXPIRED);
      const recent = underTest().callback(told, secondsAgo(290));
      expect(read(recent.body, recent.headers)).toMatchObject(told);
    });

    it('and takes no new time beside an old signature', async () => {
      const told = noticeOf('authorised', await HAPPENINGS.authorised(underTest()));
      const old = underTest().callback(told, secondsAgo(3_600));
      const fresh = `t=${Math.floor(now.getTime() / 1_000)}`;
      for (const tamper of [(value: string) => `${fresh},${value}`, (value: string) => `${value},${fresh}`])
        expect([UNSIGNED, EXPIRED]).toContain(
          read(
            old.body,
            changed(old, (value) => tamper(value)),
          ),
        );
    });
  });
}
