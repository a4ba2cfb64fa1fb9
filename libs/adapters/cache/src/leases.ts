import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisConnection } from './redis.js';

const LEASE = 'nebulocart:cache:lease:';
/** After this long whoever holds a lease counts as dead or stuck, ms. */
const LEASE_MS = 1_000;
/** Longest wait for what another process loads, ms: past a dead one's lease, with time for the next one's load. */
const PATIENCE_MS = 1_500;
const POLL_MS = 20;

/** Ends a lease that is still the caller's: KEYS 1 the lease, ARGV 1 its token. */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

type Release = () => void;

/** What is kept, if anything. */
type Find<T> = () => Promise<{ readonly value: T } | undefined>;

/**
 * Lets one of the processes that miss a value at the same time load it, while the others wait for it a little. Only saves work: a lease that is
 * over, or a Redis that is away, costs a second load and nothing else.
 */
export class Leases {
  constructor(private readonly redis: RedisConnection) {}

  /** What is found under the name, by whomever it was loaded. @throws what the load throws */
  async once<T>(name: string, find: Find<T>, load: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    do {
      const release = await this.take(name);
      // Whoever held it before may have just finished.
      const found = await find();
      if (found) return (release?.(), found.value);
      if (release) return load().finally(release);
      // Not all of those who wait at the same instants.
      await pause(POLL_MS * (0.5 + Math.random()));
    } while (performance.now() < deadline);
    return load();
  }

  /** Null where another process has it. */
  private async take(name: string): Promise<Release | null> {
    const [key, token] = [LEASE + name, randomBytes(9).toString('base64url')];
    try {
      const taken = await this.redis.run((client) => client.set(key, token, { condition: 'NX', expiration: { type: 'PX', value: LEASE_MS } }));
      return taken === null ? null : () => this.release(key, token);
    } catch {
      // Away: each for itself.
      return () => undefined;
    }
  }

  /** Beside the reader, who has an answer; one that is not released ends by itself. */
  private release(key: string, token: string): void {
    this.redis.run((client) => client.eval(RELEASE, { keys: [key], arguments: [token] })).catch(() => undefined);
  }
}
