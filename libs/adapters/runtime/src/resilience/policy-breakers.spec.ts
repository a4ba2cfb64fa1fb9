import { jest } from '@jest/globals';
import { Refusal } from '@kernel/refusal.js';
import { PolicyBreakers } from './policy-breakers.js';

const away = () => Promise.reject(new Error('away'));
const there = async () => 'there';

describe('a circuit breaker', () => {
  const changes: string[] = [];
  let breakers: PolicyBreakers;
  beforeEach(() => {
    jest.useFakeTimers();
    changes.length = 0;
    breakers = new PolicyBreakers((name, state) => changes.push(`${name} ${state}`));
  });
  afterEach(() => {
    breakers.stop();
    jest.useRealTimers();
  });

  const newBreaker = () =>
    breakers.make('shop', {
      timeoutMs: 100,
      failures: 2,
      retryAfterMs: 1_000,
      isFailure: (error) => !(error instanceof Refusal),
      refusal: (reason) => new Refusal('shop.unavailable', 'unavailable', reason),
    });
  const open = async (breaker: ReturnType<typeof newBreaker>) => {
    for (let times = 0; times < 2; times++) await expect(breaker.run(away)).rejects.toThrow('away');
  };

  it('passes on answers and errors', async () => {
    const breaker = newBreaker();
    expect(await breaker.run(there)).toBe('there');
    await expect(breaker.run(away)).rejects.toThrow('away');
    expect(breaker.state).toBe('closed');
  });

  it('opens after so many failures in a row, and then calls nobody', async () => {
    const breaker = newBreaker();
    await expect(breaker.run(away)).rejects.toThrow();
    await breaker.run(there);
    await open(breaker);
    const call = jest.fn(there);
    await expect(breaker.run(call)).rejects.toMatchObject({ code: 'shop.unavailable', message: 'open' });
    expect([breaker.state, call.mock.calls.length, changes]).toEqual(['open', 0, ['shop open']]);
  });

  it('tries one call after a while, and closes when that is answered', async () => {
    const breaker = newBreaker();
    await open(breaker);
    jest.advanceTimersByTime(1_000);
    expect(await breaker.run(there)).toBe('there');
    expect([breaker.state, changes]).toEqual(['closed', ['shop open', 'shop closed']]);
  });

  it('stays open when that one fails, too', async () => {
    const breaker = newBreaker();
    await open(breaker);
    jest.advanceTimersByTime(1_000);
    await expect(breaker.run(away)).rejects.toThrow('away');
    await expect(breaker.run(there)).rejects.toThrow('open');
  });

  it('takes an error that is an answer for a sign of life', async () => {
    const breaker = newBreaker();
    for (let times = 0; times < 5; times++) {
      await expect(breaker.run(() => Promise.reject(new Refusal('card.declined', 'conflict', 'no')))).rejects.toThrow('no');
    }
    expect(breaker.state).toBe('closed');
  });

  it('waits for no call longer than its time, tells it, and counts it as a failure', async () => {
    const breaker = newBreaker();
    for (let times = 0; times < 2; times++) {
      let signal: AbortSignal | undefined;
      const run = breaker.run((given) => ((signal = given), new Promise(() => undefined))).catch((error: unknown) => error);
      await jest.advanceTimersByTimeAsync(100);
      expect(await run).toMatchObject({ code: 'shop.unavailable', message: 'timeout' });
      expect(signal!.aborted).toBe(true);
    }
    expect(breaker.state).toBe('open');
  });

  it('can be held open by hand', async () => {
    const breaker = newBreaker();
    const close = breaker.isolate();
    await expect(breaker.run(there)).rejects.toThrow('open');
    close();
    expect(await breaker.run(there)).toBe('there');
  });

  it('has a name of its own', () => {
    newBreaker();
    expect(newBreaker).toThrow('there is a breaker shop already');
  });
});
