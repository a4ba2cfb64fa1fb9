import KeyvRedis from '@keyv/redis';
import { createCache, type Cache as CacheManager } from 'cache-manager';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { BoundedTexts } from './bounded-texts.js';
import type { RedisClient, RedisConnection } from './redis.js';

const VALUE = 'nebulocart:cache:value';
const MOST_CHARACTERS = 32_000_000;

/** Where values are kept: near, in this process' memory, and far, in the Redis that processes share. */
export class Tiers {
  private readonly texts: BoundedTexts;
  /** Memory alone. */
  private readonly near: CacheManager;
  /** Memory over Redis; memory alone where there is none. */
  private readonly both: CacheManager;

  constructor(redis: RedisConnection, mostCharacters: number = MOST_CHARACTERS) {
    this.texts = new BoundedTexts(mostCharacters);
    const memory = new Keyv({ store: this.texts, useKeyPrefix: false });
    this.near = createCache({ stores: [memory] });
    this.both = redis.status === 'off' ? this.near : createCache({ stores: [memory, far(redis)] });
  }

  get entries(): number {
    return this.texts.size;
  }

  get characters(): number {
    return this.texts.length;
  }

  /** The text that is kept under a name, near or far. */
  async get(name: string, isShared: boolean): Promise<string | undefined> {
    const text = await (isShared ? this.both : this.near).get<string>(name);
    return typeof text === 'string' ? text : undefined;
  }

  /** Resolves when it is kept, or cannot be. */
  async set(name: string, isShared: boolean, text: string, ttlMs: number): Promise<void> {
    await (isShared ? this.both : this.near).set(name, text, Math.ceil(ttlMs)).catch(() => undefined);
  }

  /** Takes near what was found far. */
  async bringNear(name: string, text: string, ttlMs: number): Promise<void> {
    if (!this.texts.has(name)) await this.near.set(name, text, Math.ceil(ttlMs));
  }
}

/** Redis as one of Keyv's stores, behind the connection's breaker; on an error it is as if nothing were there. */
function far(redis: RedisConnection): Keyv {
  const keyv = new Keyv({ store: guarded(redis), useKeyPrefix: false });
  keyv.on('error', () => undefined);
  return keyv;
}

function guarded(redis: RedisConnection): KeyvStoreAdapter {
  const stores = new WeakMap<RedisClient, KeyvRedis<string>>();
  const run = <T>(call: (store: KeyvRedis<string>) => Promise<T>): Promise<T> =>
    redis.run((client) => {
      let store = stores.get(client);
      if (!store) stores.set(client, (store = storeOver(client)));
      return call(store);
    });
  const adapter = {
    opts: {},
    get: (key: string) => run((store) => store.get(key)),
    set: (key: string, value: string, ttl?: number) => run((store) => store.set(key, value, ttl)),
    delete: (key: string) => run((store) => store.delete(key)),
    clear: () => run((store) => store.clear()),
    on: () => adapter,
  };
  return adapter as unknown as KeyvStoreAdapter;
}

function storeOver(client: RedisClient): KeyvRedis<string> {
  const store = new KeyvRedis<string>(client as never, { namespace: VALUE, throwOnErrors: true });
  store.on('error', () => undefined);
  return store;
}
