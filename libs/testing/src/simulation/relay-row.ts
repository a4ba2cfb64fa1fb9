import type { RelayDatabase } from '@adapters/event-bus/src/kafka/relay-progress.js';

/** How far a context's relay is, as the one row in its database has it. */
export class RelayRow implements RelayDatabase {
  private epoch = 0;
  private owner: string | null = null;
  private leaseUntil = -Infinity;
  private position = 0;
  private partitions: number | null = null;
  private last: readonly number[] = [];

  /** @param now of the server, ms */
  constructor(
    readonly context: string,
    private readonly now: () => number,
  ) {}

  async query<Row extends Record<string, unknown>>({ name }: { readonly name: string }, values: readonly unknown[]): Promise<Row[]> {
    return this.execute(name, values) as Row[];
  }

  execute(name: string, values: readonly unknown[]): Record<string, unknown>[] {
    const what = name.split('.').at(-1)!;
    if (what === 'published') return [this.row()];
    if (what === 'hold') return this.hold(...(values as [string, number, number]));
    if (what === 'begin') return this.begin(...(values as [number, number]));
    if (what === 'advance') return this.advance(...(values as [number, number, number, number[]]));
    if (what === 'release') return this.release(...(values as [string, number]));
    throw new Error(`the simulated Postgres does not know ${name}`);
  }

  private hold(owner: string, epoch: number, leaseMs: number): Record<string, unknown>[] {
    const isSame = this.owner === owner && this.epoch === epoch;
    if (!isSame && this.leaseUntil >= this.now()) return [];
    if (!isSame) this.epoch += 1;
    this.owner = owner;
    this.leaseUntil = this.now() + leaseMs;
    return [this.row()];
  }

  private begin(epoch: number, partitions: number): Record<string, unknown>[] {
    if (epoch !== this.epoch) return [];
    if (this.partitions === null) this.last = Array<number>(partitions).fill(0);
    this.partitions ??= partitions;
    return [this.row()];
  }

  private advance(epoch: number, from: number, to: number, last: readonly number[]): Record<string, unknown>[] {
    if (epoch !== this.epoch || from !== this.position) return [];
    this.position = to;
    this.last = [...last];
    return [this.row()];
  }

  private release(owner: string, epoch: number): Record<string, unknown>[] {
    if (this.owner === owner && this.epoch === epoch) this.leaseUntil = -Infinity;
    return [];
  }

  private row(): Record<string, unknown> {
    return { epoch: String(this.epoch), position: String(this.position), partitions: this.partitions, last: this.last.map(String) };
  }
}
