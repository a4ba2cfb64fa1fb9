import { Cache, type CacheInspection, type CacheState } from '@kernel/ports/cache.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { Epochs } from './epochs.js';
import { Leases } from './leases.js';
import { CacheCounts, observeCache } from './metrics.js';
import { namespaceOf, placeOf } from './paths.js';
import type { RedisConnection } from './redis.js';
import { Tiers } from './tiers.js';

export interface TieredCacheOptions {
  readonly redis: RedisConnection;
  readonly scope: Pick<RequestContext, 'current'>;
  /** Most characters kept in memory. */
  readonly mostCharacters?: number;
  /** Uniform between 0 and 1. */
  readonly random?: () => number;
  /** ms */
  readonly now?: () => number;
}

/** A value with what tells when to load it again. */
interface Kept<T> {
  readonly value: T;
  /** How long loading took, ms. */
  readonly took: number;
  /** Until when it counts, ms since 1970. */
  readonly until: number;
}

/** Where a key's value is kept now. */
interface Place {
  readonly name: string;
  readonly isShared: boolean;
  readonly ttlMs: number;
}

/** While Redis is away other processes' invalidations may be late: what is kept then must not live long. */
const ALONE_MS = 2_000;
/** Part of its life that a value may lose, so that what was kept together does not end together. */
const JITTER = 0.15;
/** Memory over Redis, cache-aside; see docs/how-to/caching.md for what it promises. */
export class TieredCache extends Cache implements CacheInspection {
  private readonly epochs: Epochs;
  private readonly tiers: Tiers;
  private readonly leases: Leases;
  private readonly counts = new CacheCounts();
  private readonly flights = new Map<string, Promise<unknown>>();
  private readonly refreshing = new Set<string>();
  private readonly stopObserving: () => void;

  constructor(private readonly options: TieredCacheOptions) {
    super();
    const { redis } = options;
    this.epochs = new Epochs(redis);
    this.tiers = new Tiers(redis, options.mostCharacters);
    this.leases = new Leases(redis);
    this.stopObserving = observeCache({
      isRedisUp: () => (redis.status === 'off' ? null : redis.status === 'up'),
      entries: () => this.tiers.entries,
      characters: () => this.tiers.characters,
    });
  }

  async get<T>(key: string, ttlSeconds: number, load: () => Promise<T>): Promise<T> {
    const isNamed = this.options.scope.current().consistencyToken !== undefined;
    const place = await this.placeFor(key, ttlSeconds);
    const namespace = namespaceOf(key);
    // A token may name what this process has not heard of yet: neither what is kept nor a load that runs already is sure to show it.
    if (isNamed) {
      this.counts.count('bypasses', namespace);
      return this.fly(place, () => this.load(place, load));
    }
    const flight = this.flights.get(place.name) as Promise<T> | undefined;
    if (flight) this.counts.count('hits', namespace);
    return flight ?? this.fly(place, () => this.find(place, namespace, load));
  }

  async invalidate(keyOrBranch: string): Promise<void> {
    await this.invalidateAll([keyOrBranch]);
  }

  /** Several at once, for events: Redis is told once for each event, whichever process sees it first. */
  async invalidateAll(keysOrBranches: readonly string[], eventIds: readonly string[] = []): Promise<void> {
    this.counts.invalidated(keysOrBranches.length);
    await this.epochs.renew(keysOrBranches, eventIds);
  }

  state(): CacheState {
    const { redis } = this.options;
    return { redis: redis.status, entries: this.tiers.entries, characters: this.tiers.characters, namespaces: this.counts.byNamespace() };
  }

  stop(): void {
    this.stopObserving();
  }

  private async placeFor(key: string, ttlSeconds: number): Promise<Place> {
    const { text, isShared } = await this.epochs.stamp(key);
    const { redis, random = Math.random } = this.options;
    const ttlMs = ttlSeconds * 1_000 * (1 - JITTER * random());
    const name = `${placeOf(key)}@${text}`;
    const isAlone = !isShared && redis.status !== 'off';
    return { name, isShared, ttlMs: isAlone ? Math.min(ttlMs, ALONE_MS) : ttlMs };
  }

  /** One flight a place at a time; those who come while it lasts share it. */
  private async fly<T>(place: Place, work: () => Promise<T>): Promise<T> {
    const flight = work();
    this.flights.set(place.name, flight);
    try {
      return await flight;
    } finally {
      if (this.flights.get(place.name) === flight) this.flights.delete(place.name);
    }
  }

  private async find<T>(place: Place, namespace: string, load: () => Promise<T>): Promise<T> {
    const kept = await this.kept<T>(place);
    this.counts.count(kept ? 'hits' : 'misses', namespace);
    if (!kept) return this.loadOnce(place, load);
    if (this.isDue(kept)) this.refresh(place, load);
    return kept.value;
  }

  private async kept<T>({ name, isShared }: Place): Promise<Kept<T> | undefined> {
    const text = await this.tiers.get(name, isShared);
    if (text === undefined) return undefined;
    const kept = JSON.parse(text) as Kept<T>;
    const left = kept.until - this.now();
    if (left <= 0) return undefined;
    await this.tiers.bringNear(name, text, left);
    return kept;
  }

  /** One of all processes loads what they share. */
  private loadOnce<T>(place: Place, load: () => Promise<T>): Promise<T> {
    const alone = (): Promise<T> => this.load(place, load);
    return place.isShared ? this.leases.once(place.name, () => this.kept<T>(place), alone) : alone();
  }

  private async load<T>(place: Place, load: () => Promise<T>): Promise<T> {
    const began = this.now();
    const value = await load();
    const now = this.now();
    const kept: Kept<T> = { value, took: now - began, until: now + place.ttlMs };
    await this.tiers.set(place.name, place.isShared, JSON.stringify(kept), place.ttlMs);
    return value;
  }

  /**
   * Whether this reader is the one to load a value again before it ends: the likelier the nearer the end and the longer a load takes, so that
   * of many processes about one does (Vattani et al., Optimal Probabilistic Cache Stampede Prevention, 2015).
   */
  private isDue({ took, until }: Kept<unknown>): boolean {
    const { random = Math.random } = this.options;
    return this.now() - took * Math.log(1 - random()) >= until;
  }

  /** Beside the reader, who has an answer already; should it fail, the next reader's load says so. */
  private refresh<T>(place: Place, load: () => Promise<T>): void {
    if (this.refreshing.has(place.name)) return;
    this.refreshing.add(place.name);
    void this.load(place, load)
      .catch(() => undefined)
      .finally(() => this.refreshing.delete(place.name));
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }
}
