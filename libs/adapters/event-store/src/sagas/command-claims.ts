/** After so long a claim is not kept any more, whatever its holder says: something hangs that is to be tried elsewhere, ms. */
const LONGEST_MS = 120_000;

interface Claim {
  readonly id: string;
  readonly attempts: number;
}
interface Held extends Claim {
  readonly since: number;
  renewedAt: number;
}

/** Claims that one owner holds: kept up while what was claimed is in hand, so that a short lease is enough and a slow command is still carried out once. */
export class CommandClaims {
  private readonly held = new Map<string, Held>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly leaseMs: number,
    /** Renews the leases of these; a failure only lets them run out. */
    private readonly renew: (claims: readonly Claim[]) => Promise<void>,
  ) {}

  add(claims: readonly Claim[]): void {
    const now = performance.now();
    for (const { id, attempts } of claims) this.held.set(id, { id, attempts, since: now, renewedAt: now });
    if (this.held.size > 0 && this.leaseMs > 0) this.timer ??= setInterval(() => this.keepUp(), this.leaseMs / 3).unref();
  }

  /** Whatever comes of telling so: what cannot be told is delivered again once its lease is over. */
  drop(ids: readonly string[]): void {
    for (const id of ids) this.held.delete(id);
    if (this.held.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private keepUp(): void {
    const now = performance.now();
    this.drop([...this.held.values()].filter(({ since }) => now - since > LONGEST_MS).map(({ id }) => id));
    const due = [...this.held.values()].filter(({ renewedAt }) => now - renewedAt >= this.leaseMs / 3 - 1);
    if (due.length === 0) return;
    for (const claim of due) claim.renewedAt = now;
    void this.renew(due.map(({ id, attempts }) => ({ id, attempts }))).catch(() => {
      // Tried again at the next turn, which is still in time.
      for (const claim of due) claim.renewedAt = 0;
    });
  }
}
