interface Entry {
  readonly key: Buffer;
  readonly staleAt: number;
}

/**
 * Unwrapped keys for a short while, least recently used first out. Other processes drop a destroyed key when they
 * read that its subject's tokens are revoked; one that cannot read that does when the entry goes stale, which is the longest an erasure may take.
 */
export class KeyCache {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly capacity = 5_000,
    private readonly ttlMs = 60_000,
    private readonly now: () => number = Date.now,
  ) {}

  get(subject: string): Buffer | undefined {
    const entry = this.entries.get(subject);
    if (!entry) return undefined;
    this.entries.delete(subject);
    if (entry.staleAt <= this.now()) return undefined;
    this.entries.set(subject, entry);
    return entry.key;
  }

  set(subject: string, key: Buffer): void {
    this.entries.delete(subject);
    this.entries.set(subject, { key, staleAt: this.now() + this.ttlMs });
    if (this.entries.size > this.capacity) this.entries.delete(this.entries.keys().next().value!);
  }

  delete(subject: string): void {
    this.entries.delete(subject);
  }
}
