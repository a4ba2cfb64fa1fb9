import type { Breaker, Breakers } from '@kernel/ports/breakers.js';
import { within } from './within.js';
import { RedisAway, redisClient, RedisConnection, type RedisClient, type RedisStatus } from './redis.js';

export interface RedisServerOptions {
  /** `redis://` or `rediss://`; may hold a password, and is never told. */
  readonly url: string;
  readonly breakers: Breakers;
  /** Told once when Redis goes and once when it is back. */
  readonly onChange: (status: RedisStatus, reason: string) => void;
  /** Longest that one call may take, ms. */
  readonly timeoutMs?: number;
  /** Longest that connecting may take, ms. */
  readonly connectMs?: number;
  /** Pause between two tries to connect, ms. */
  readonly retryMs?: number;
}

const [TIMEOUT_MS, CONNECT_MS, RETRY_MS] = [100, 500, 500];
/** Calls in a row that fail before Redis counts as down. */
const FAILURES = 3;

/**
 * Redis on a server. While it is down its breaker is held open, so that nobody waits for it; a new connection is tried in the background. A
 * connection that failed is never used again: what it was asked last may or may not have happened.
 */
export class RedisServer extends RedisConnection {
  private readonly breaker: Breaker;
  private readonly hooks: ((client: RedisClient) => Promise<unknown>)[] = [];
  private client: RedisClient | null = null;
  private reopen: (() => void) | null = null;
  private retry: NodeJS.Timeout | null = null;
  private misses = 0;
  private isStopped = false;

  constructor(private readonly options: RedisServerOptions) {
    super();
    this.breaker = options.breakers.make('redis', {
      // Not reached, either: see `within`.
      timeoutMs: 60_000,
      failures: FAILURES,
      // Not reached: the breaker is held open by hand, and closed by the next connection.
      retryAfterMs: 60_000,
      refusal: (reason) => new RedisAway(reason === 'open' ? 'Redis is away' : 'Redis did not answer in time'),
    });
  }

  get status(): RedisStatus {
    return this.client ? 'up' : 'down';
  }

  async run<T>(call: (client: RedisClient) => Promise<T>): Promise<T> {
    const client = this.client;
    if (!client) throw new RedisAway('Redis is away');
    try {
      return await this.breaker.run(() => within(this.options.timeoutMs ?? TIMEOUT_MS, call(client)));
    } catch (error) {
      if (this.breaker.state !== 'closed') this.lose(client, error);
      throw error instanceof RedisAway ? error : new RedisAway('Redis failed', { cause: error });
    }
  }

  missed(): void {
    this.misses += 1;
    if (this.client) this.lose(this.client, new RedisAway('an invalidation did not reach Redis'));
  }

  beforeUp(hook: (client: RedisClient) => Promise<unknown>): void {
    this.hooks.push(hook);
  }

  async start(): Promise<void> {
    this.reopen ??= this.breaker.isolate();
    try {
      await this.connect();
    } catch (error) {
      this.options.onChange('down', reasonOf(error));
      this.tryLater();
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    if (this.retry) clearTimeout(this.retry);
    const client = this.client;
    this.client = null;
    if (client) abandon(client);
  }

  private async connect(): Promise<void> {
    const connectMs = this.options.connectMs ?? CONNECT_MS;
    const client = redisClient(this.options.url, connectMs);
    client.on('error', (error) => this.lose(client, error));
    client.on('end', () => this.lose(client, new RedisAway('Redis closed the connection')));
    try {
      await within(connectMs, this.open(client));
    } catch (error) {
      abandon(client);
      throw error;
    }
  }

  private async open(client: RedisClient): Promise<void> {
    await client.connect();
    let before: number;
    do {
      before = this.misses;
      for (const hook of this.hooks) await hook(client);
      // What is missed while the hooks run was missed after what they made up for.
    } while (before !== this.misses);
    // In the same turn as that comparison: from here on nothing is missed silently.
    if (!client.isReady || this.isStopped) throw new RedisAway('Redis closed the connection');
    this.client = client;
    this.reopen?.();
    this.reopen = null;
  }

  private lose(client: RedisClient, error: unknown): void {
    if (this.client !== client) return;
    this.client = null;
    this.reopen ??= this.breaker.isolate();
    abandon(client);
    this.options.onChange('down', reasonOf(error));
    this.tryLater();
  }

  private tryLater(): void {
    if (this.isStopped) return;
    this.retry = setTimeout(() => {
      this.connect().then(
        () => this.client && this.options.onChange('up', 'Redis answers'),
        () => this.tryLater(),
      );
    }, this.options.retryMs ?? RETRY_MS).unref();
  }
}

/** Of an error that may hold the address with its password, only what kind it is. */
const reasonOf = (error: unknown): string =>
  error instanceof RedisAway ? error.message : ((error as { code?: string }).code ?? (error as Error).name ?? 'unknown');

function abandon(client: RedisClient): void {
  // Its commands are rejected, which whoever asked was told long ago; closing what is closed throws.
  if (client.isOpen) client.destroy();
}
