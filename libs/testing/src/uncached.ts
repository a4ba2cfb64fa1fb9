import type { Cache } from '@kernel/ports/cache.js';

/** A cache that keeps nothing. */
export const uncached: Cache = { get: (_key, _ttlSeconds, load) => load(), invalidate: async () => undefined };
