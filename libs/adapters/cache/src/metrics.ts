import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('nebulocart.cache');
const hits = meter.createCounter('cache_hits', { description: 'Answers that were kept, by namespace' });
const misses = meter.createCounter('cache_misses', { description: 'Answers that had to be loaded, by namespace' });
const bypasses = meter.createCounter('cache_bypasses', {
  description: 'Answers loaded because the reader named what they must have seen, by namespace',
});
const invalidations = meter.createCounter('cache_invalidations', { description: 'Keys and branches that were forgotten' });

export interface NamespaceCounts {
  hits: number;
  misses: number;
  bypasses: number;
}

const COUNTERS = { hits, misses, bypasses } as const;

/** What one cache did, for metrics and for whoever asks this process. */
export class CacheCounts {
  private readonly namespaces = new Map<string, NamespaceCounts>();

  count(what: keyof NamespaceCounts, namespace: string): void {
    let counts = this.namespaces.get(namespace);
    if (!counts) this.namespaces.set(namespace, (counts = { hits: 0, misses: 0, bypasses: 0 }));
    counts[what] += 1;
    COUNTERS[what].add(1, { namespace });
  }

  invalidated(places: number): void {
    invalidations.add(places);
  }

  byNamespace(): ReadonlyMap<string, Readonly<NamespaceCounts>> {
    return this.namespaces;
  }
}

/** Observes a cache until the returned function is called. */
export function observeCache(read: { isRedisUp: () => boolean | null; entries: () => number; characters: () => number }): () => void {
  const up = meter.createObservableGauge('cache_redis_up', { description: '1 while Redis answers, 0 while it does not; absent without one' });
  const entries = meter.createObservableGauge('cache_memory_entries', { description: 'Answers kept in memory' });
  const size = meter.createObservableGauge('cache_memory_characters', { description: 'Characters of the answers kept in memory' });
  type Result = { observe(gauge: typeof up, value: number): void };
  const callback = (result: Result): void => {
    const isUp = read.isRedisUp();
    if (isUp !== null) result.observe(up, Number(isUp));
    result.observe(entries, read.entries());
    result.observe(size, read.characters());
  };
  meter.addBatchObservableCallback(callback, [up, entries, size]);
  return () => meter.removeBatchObservableCallback(callback, [up, entries, size]);
}
