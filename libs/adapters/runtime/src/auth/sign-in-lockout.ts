import { Injectable } from '@nestjs/common';
import { Refusal } from '@kernel/refusal.js';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { AuthOptions } from './auth-options.js';
import { LockoutCounters } from './lockout-counters.js';
import { networkOf } from './rate-limit.js';

interface Rule {
  readonly name: string;
  /** Failures without a delay. */
  readonly free: number;
  /** Longest delay, seconds. It begins at one second and doubles with each failure. */
  readonly longestSeconds: number;
}

/** How long a failure is remembered, seconds. */
const WINDOW_SECONDS = 3_600;
/** How long an address is known to an account that signed in from it, seconds. */
const KNOWN_SECONDS = 14 * 86_400;

/**
 * Tight for one account from one address, where guessing is. Loose for one account from everywhere and with short delays, or strangers could
 * lock its owner out. Looser for one address over all accounts, which a household or an office shares.
 */
const RULES = {
  pair: { name: 'pair', free: 5, longestSeconds: 900 },
  account: { name: 'account', free: 20, longestSeconds: 30 },
  address: { name: 'address', free: 50, longestSeconds: 900 },
} as const satisfies Record<string, Rule>;

/** One attempt to sign in, counted as failed until it is told to have succeeded. */
export interface SignInAttempt {
  /** The password was right: what was counted against this address is forgotten, and the account knows the address. */
  succeeded(): Promise<void>;
}

/** Slows down whoever guesses passwords: for an account, known or not, from an address, and for each of them alone. */
@Injectable()
export class SignInLockout {
  private readonly rules: Readonly<Record<keyof typeof RULES, Backoff>>;
  private readonly known: RateLimiterAbstract;

  constructor(
    counters: LockoutCounters,
    private readonly options: AuthOptions,
  ) {
    this.rules = {
      pair: new Backoff(RULES.pair, counters),
      account: new Backoff(RULES.account, counters),
      address: new Backoff(RULES.address, counters),
    };
    this.known = counters.make({ keyPrefix: 'sign-in-known', points: 1, duration: KNOWN_SECONDS });
  }

  /**
   * Counts an attempt before its password is compared, or many at once would all be let through.
   * @param account stands for the email without telling it, whether or not it has an account
   * @throws Refusal `identity.sign-in-locked` with the seconds to wait; such an attempt does not count
   */
  async attempt(account: string, address: string): Promise<SignInAttempt> {
    if (!this.options.lockout) return { succeeded: () => Promise.resolve() };
    const network = networkOf(address);
    const pair = `${account} ${network}`;
    // An address from which the owner signed in before is not slowed down by what strangers do elsewhere.
    const isKnown = (await this.known.get(pair)) !== null;
    const counted: [Backoff, string][] = [
      [this.rules.pair, pair],
      [this.rules.address, network],
      ...(isKnown ? [] : [[this.rules.account, account] as [Backoff, string]]),
    ];
    const done: typeof counted = [];
    for (const [rule, key] of counted) {
      const wait = await rule.count(key);
      if (wait > 0) {
        await Promise.all(done.map(([earlier, other]) => earlier.takeBack(other)));
        throw locked(wait);
      }
      done.push([rule, key]);
    }
    return {
      succeeded: async () => {
        await Promise.all([
          this.rules.pair.forget(pair),
          ...done.slice(1).map(([rule, key]) => rule.takeBack(key)),
          this.known.set(pair, 1, KNOWN_SECONDS),
        ]);
      },
    };
  }
}

/** Lets the first failures of a key through at once, and after them one in each delay. */
class Backoff {
  private readonly failures: RateLimiterAbstract;
  private readonly delays: RateLimiterAbstract;

  constructor(
    private readonly rule: Rule,
    counters: LockoutCounters,
  ) {
    this.failures = counters.make({ keyPrefix: `sign-in-${rule.name}`, points: rule.free, duration: WINDOW_SECONDS });
    this.delays = counters.make({ keyPrefix: `sign-in-${rule.name}-delay`, points: 1, duration: rule.longestSeconds });
  }

  /** Counts one; the seconds to wait where it is not let through, and then it is not counted. */
  async count(key: string): Promise<number> {
    const { consumedPoints } = await this.failures.penalty(key);
    const beyond = consumedPoints - this.rule.free;
    if (beyond <= 0) return 0;
    const seconds = Math.min(this.rule.longestSeconds, 2 ** (beyond - 1));
    try {
      await this.delays.consume(key, 1, { customDuration: seconds });
      return 0;
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      await this.takeBack(key);
      return Math.max(1, Math.ceil(error.msBeforeNext / 1000));
    }
  }

  async takeBack(key: string): Promise<void> {
    await this.failures.reward(key);
  }

  async forget(key: string): Promise<void> {
    await Promise.all([this.failures.delete(key), this.delays.delete(key)]);
  }
}

const locked = (seconds: number): Refusal =>
  new Refusal('identity.sign-in-locked', 'rate-limited', `Too many failed sign-ins; try again in ${seconds} s`, { retryAfterSeconds: seconds });
