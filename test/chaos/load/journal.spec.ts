import { Journal, refusedAfterwards } from './journal.mjs';

/** Sent at one instant, answered at another. */
const answer = (sent: number, at: number, status: number, code?: string) => ({ at, ms: at - sent, status, ...(code !== undefined && { code }) });
const asked = (...answers: ReturnType<typeof answer>[]) => {
  const journal = new Journal();
  journal.open('k', 'place').answers.push(...answers);
  return journal;
};

describe('commands that were sent while something was broken', () => {
  it.each([
    ['one that was answered at once', answer(1_000, 1_010, 201), { created: 1, failed: 0 }],
    ['one that was answered when all was over', answer(1_000, 9_000, 201), { created: 0, failed: 0 }],
    ['one that failed', answer(1_000, 1_010, 503), { created: 0, failed: 1 }],
    ['one that failed when all was over', answer(1_000, 9_000, 503), { created: 0, failed: 1 }],
    ['one that nobody answered', answer(1_000, 16_000, 0, 'TimeoutError'), { created: 0, failed: 1 }],
    ['one that was refused', answer(1_000, 1_010, 409), { created: 0, failed: 0 }],
    ['one that was sent before', answer(900, 1_500, 503), { created: 0, failed: 0 }],
    ['one that was sent afterwards', answer(5_001, 5_010, 503), { created: 0, failed: 0 }],
  ])('count %s', (_, one, { created, failed }) => {
    const found = asked(one).between(1_000, 5_000);
    expect({ created: found.created, failed: found.failed.length }).toEqual({ created, failed });
  });
});

describe('a key', () => {
  const of = (...answers: ReturnType<typeof answer>[]) => refusedAfterwards({ answers });

  it('is not refused once somebody was told that it is done', () => {
    expect(of(answer(0, 10, 201), answer(20, 30, 409, 'order.cancelled'))).toBe(true);
  });

  it('may have been refused before, or at the same time, or for who asked', () => {
    expect(of(answer(0, 10, 409), answer(20, 30, 201))).toBe(false);
    expect(of(answer(0, 30, 201), answer(20, 40, 409))).toBe(false);
    expect(of(answer(0, 10, 201), answer(20, 30, 401), answer(40, 50, 409, 'idempotency.in-flight'), answer(60, 70, 201))).toBe(false);
    expect(of(answer(0, 10, 409))).toBe(false);
  });
});
