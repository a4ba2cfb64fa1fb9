import { Gathered } from './gathered.js';

/**
 * Looks up by key for many callers at once. One look-up is under way at a time, and all that is asked meanwhile goes into the next: every
 * answer is as fresh as one of its own would be, and a shop under load asks once for many orders.
 */
export class GatheredLookup<Key, Found> {
  private readonly gathered: Gathered<readonly Key[], ReadonlyMap<Key, Found>>;

  constructor(lookUp: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Found>>) {
    this.gathered = new Gathered((parts) => lookUp([...new Set(parts.flat())]));
  }

  /** What these keys stand for; absent ones have no entry. */
  async find(keys: readonly Key[]): Promise<ReadonlyMap<Key, Found>> {
    const found = await this.gathered.join(keys);
    return new Map(keys.flatMap((key) => (found.has(key) ? [[key, found.get(key)!]] : [])));
  }
}
