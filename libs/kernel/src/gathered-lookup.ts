/** Questions that wait for the next look-up: what they ask for, and how they are told. */
interface Waiting<Key, Found> {
  readonly keys: Set<Key>;
  readonly answer: Promise<ReadonlyMap<Key, Found>>;
}

/**
 * Looks up by key for many callers at once. One look-up is under way at a time, and all that is asked meanwhile goes into the next: every
 * answer is as fresh as one of its own would be, and a shop under load asks once for many orders.
 */
export class GatheredLookup<Key, Found> {
  private underWay: Promise<unknown> | null = null;
  private waiting: Waiting<Key, Found> | null = null;

  constructor(private readonly lookUp: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Found>>) {}

  /** What these keys stand for; absent ones have no entry. */
  async find(keys: readonly Key[]): Promise<ReadonlyMap<Key, Found>> {
    const found = await this.gathered(keys);
    return new Map(keys.flatMap((key) => (found.has(key) ? [[key, found.get(key)!]] : [])));
  }

  /** These, and those that others asked for at the same time. */
  private gathered(keys: readonly Key[]): Promise<ReadonlyMap<Key, Found>> {
    if (!this.underWay) return this.start(keys);
    this.waiting ??= this.next(this.underWay);
    for (const key of keys) this.waiting.keys.add(key);
    return this.waiting.answer;
  }

  private next(underWay: Promise<unknown>): Waiting<Key, Found> {
    const keys = new Set<Key>();
    const begin = () => {
      this.waiting = null;
      return this.start([...keys]);
    };
    return { keys, answer: underWay.then(begin, begin) };
  }

  private start(keys: readonly Key[]): Promise<ReadonlyMap<Key, Found>> {
    const found = this.lookUp(keys);
    const release = () => {
      if (this.underWay === found) this.underWay = null;
    };
    this.underWay = found;
    found.then(release, release);
    return found;
  }
}
