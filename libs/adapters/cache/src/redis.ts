import { createClient } from '@redis/client';

const connectionTo = (url: string, connectTimeout: number) =>
  createClient({ url, disableOfflineQueue: true, socket: { connectTimeout, reconnectStrategy: false } });

export type RedisClient = ReturnType<typeof connectionTo>;

/** A client that is not connected yet, queues nothing and does not reconnect: whoever holds it decides when to try again. */
export const redisClient = connectionTo;

/** `off`: none is configured. `down`: it does not answer, and is tried again in the background. */
export type RedisStatus = 'off' | 'up' | 'down';

/** A call that Redis did not answer, or that was not even made because it is away. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

/** This process' one way to Redis, which may be away at any time; its own injection token. */
export abstract class RedisConnection {
  abstract readonly status: RedisStatus;
  /** Never longer than some tens of milliseconds. @throws RedisAway */
  abstract run<T>(call: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Something that Redis had to be told did not reach it: it counts as down until every {@link beforeUp} has been called after this. */
  abstract missed(): void;
  /** Called on every new connection before anything else uses it. */
  abstract beforeUp(hook: (client: RedisClient) => Promise<unknown>): void;
  /** Resolves when Redis answered, or did not: that is no error. */
  abstract start(): Promise<void>;
  abstract stop(): Promise<void>;
}

/** Where no Redis is configured. */
export class NoRedis extends RedisConnection {
  readonly status = 'off';

  run<T>(): Promise<T> {
    return Promise.reject(new RedisAway('no Redis is configured'));
  }

  missed(): void {}

  beforeUp(): void {}

  async start(): Promise<void> {}

  async stop(): Promise<void> {}
}
