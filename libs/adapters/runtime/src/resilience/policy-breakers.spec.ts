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

  it('tells of its opening once, however often it tries in vain', async () => {
    const breaker = newBreaker();
    await open(breaker);
    for (let times = 0; times < 3; times++) {
      jest.advanceTimersByTime(1_000);
      await expect(breaker.run(away)).rejects.toThrow('away');
    }
    expect(changes).toEqual(['shop open']);
  });

  it('refuses all others at once while it tries one call', async () => {
    const breaker = newBreaker();
    await open(breaker);
    jest.advanceTimersByTime(1_000);
    let answer!: (value: string) => void;
    const tried = breaker.run(() => new Promise<string>((resolve) => (answer = resolve)));
    expect(breaker.state).toBe('half-open');
    await expect(breaker.run(there)).rejects.toThrow('open');
    answer('there');
    expect([await tried, await breaker.run(there)]).toEqual(['there', 'there']);
  });

  it('tries its probe where it has one, and makes the call when that is answered', async () => {
    const probe = jest.fn(away as () => Promise<string>);
    const refusal = (reason: string) => new Refusal('shop.unavailable', 'unavailable', reason);
    const breaker = breakers.make('probed', { failures: 2, retryAfterMs: 1_000, refusal, probe });
    await open(breaker);
    expect(probe).not.toHaveBeenCalled();
    const call = jest.fn(there);
    jest.advanceTimersByTime(1_000);
    await expect(breaker.run(call)).rejects.toThrow('away');
    await expect(breaker.run(call)).rejects.toThrow('open');
    expect([probe.mock.calls.length, call.mock.calls.length]).toEqual([1, 0]);
    jest.advanceTimersByTime(1_000);
    probe.mockImplementation(there);
    expect(await breaker.run(call)).toBe('there');
    expect([breaker.state, probe.mock.calls.length, call.mock.calls.length]).toEqual(['closed', 2, 1]);
  });

  it('waits for as long as a call takes where it is given no time', async () => {
    const breaker = breakers.make('patient', { failures: 1, retryAfterMs: 1_000, refusal: (reason) => new Error(reason) });
    const run = breaker.run(() => new Promise((resolve) => void setTimeout(resolve, 86_400_000, 'at last')));
    await jest.advanceTimersByTimeAsync(86_400_000);
    expect([await run, breaker.state]).toEqual(['at last', 'closed']);
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
