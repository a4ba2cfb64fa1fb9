/**
 * Answers kept for a while, cache-aside. Keys are paths of segments, `catalog:product:<id>`, written with {@link cacheKey}. Losing the cache costs
 * speed, never an error, and what it holds is never what only it knows.
 */
export abstract class Cache {
  /**
   * The value under the key, or what `load` gives, kept for about `ttlSeconds`. Loads of one key at the same time are one load; a failure is
   * everybody's who waits for it, and is not kept. A reader whose request names a Consistency-Token has its value loaded anew.
   * @param load must give what JSON gives back as it was; personal data only sealed, to be opened at each read
   */
  abstract get<T>(key: string, ttlSeconds: number, load: () => Promise<T>): Promise<T>;
  /**
   * Forgets a key with everything below it: `catalog:product:85123A`, `catalog:list:*`; `*` is everything. What was begun to be loaded before is
   * not kept either.
   */
  abstract invalidate(keyOrBranch: string): Promise<void>;
}

/** A key of segments that may hold any character, of which none is empty. */
export const cacheKey = (...segments: readonly string[]): string =>
  segments.map((segment) => encodeURIComponent(segment.toWellFormed()).replaceAll('*', '%2A')).join(':');

export interface CacheState {
  /** `off` where none is configured; `down` while what it holds is made up for from memory. */
  readonly redis: 'off' | 'up' | 'down';
  /** Answers in this process' memory, and their characters. */
  readonly entries: number;
  readonly characters: number;
  /** Since the start of this process, by the first two segments of the keys. */
  readonly namespaces: ReadonlyMap<string, { readonly hits: number; readonly misses: number; readonly bypasses: number }>;
}

/** What an operator is told of this process' cache. */
export abstract class CacheInspection {
  abstract state(): CacheState;
}

/** An event that was committed, as far as a cache has to know it. */
export interface CommittedEvent {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
}

/** Which keys and branches the events of one context make wrong. */
export interface CacheRule {
  readonly context: string;
  readonly stale: (event: CommittedEvent) => readonly string[];
}
