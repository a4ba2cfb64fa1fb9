import { setTimeout as sleep } from 'node:timers/promises';
import type { ContextDatabase, NamedStatement } from './context-database.js';
import { logChannel } from './log-signal.js';
import { sequencer as metrics } from './metrics.js';

export interface SequencerOptions {
  /** Names this sequencer in the lease. */
  readonly owner: string;
  /** Most rows moved in one transaction. */
  readonly batch?: number;
  /** Shortest and longest wait between polls, ms: the short one under load, the long one when idle. */
  readonly pollMs?: { readonly busy: number; readonly idle: number };
  /** Rows moved since the last truncate after which the outbox is compacted; dead rows cost every poll. */
  readonly compactAfter?: number;
  /** Told of an error of a poll; the sequencer goes on. */
  readonly onError?: (error: unknown) => void;
}

/** How long a sequencer that died keeps the others waiting, ms. */
const LEASE_MS = 6_000;
const FENCED = -1;
/** Rest after a poll that moved something, as a multiple of what it took, and the longest, ms: more gathers for the next one while the machine is busy. */
const REST = 2;
const MOST_REST_MS = 60;
/** A poll that takes longer than this wades through dead rows. */
const SLOW_POLL_MS = 15;
/** A compaction waits for the table's lock while appends queue behind it: a reader that keeps the lock (a dump) is asked again this much later. */
const COMPACTION_RETRY_MS = 10_000;

/**
 * Gives committed events their dense positions, one transaction at a time (DESIGN.md 3). The lease merely saves work: two
 * sequencers at once are harmless, because each transaction locks the sequencer's row and names its epoch.
 */
export class Sequencer {
  private epoch = 0;
  private running: Promise<void> | null = null;
  private stopping = false;
  private renewAt = 0;
  private movedSinceCompaction = 0;
  private compactNotBefore = 0;
  private wake: (() => void) | null = null;
  private poked = false;

  constructor(
    private readonly database: ContextDatabase,
    private readonly options: SequencerOptions,
  ) {}

  /** Starts polling. With `takeOver` an unexpired lease of another owner is ended, as after a kill of the only process. */
  start({ takeOver = false } = {}): void {
    this.stopping = false;
    this.running ??= this.run(takeOver);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wake?.();
    await this.running;
    this.running = null;
  }

  /** Something was appended: polls at the short interval. */
  poke(): void {
    this.poked = true;
    this.wake?.();
  }

  private async run(takeOver: boolean): Promise<void> {
    const { busy, idle } = this.options.pollMs ?? { busy: 15, idle: 500 };
    let wait = busy;
    while (!this.stopping) {
      let moved = 0;
      const started = performance.now();
      this.poked = false;
      try {
        if (performance.now() >= this.renewAt) await this.lease(takeOver && this.epoch === 0);
        moved = this.epoch > 0 ? await this.sequence() : 0;
      } catch (error) {
        this.options.onError?.(error);
        wait = idle;
      }
      if (moved === (this.options.batch ?? 5_000)) continue;
      const rest = Math.max(busy, Math.min(REST * (performance.now() - started), MOST_REST_MS));
      wait = moved > 0 ? rest : Math.min(wait * 2, idle);
      if (await this.idle(wait)) await sleep((wait = rest));
    }
    await this.release().catch((error: unknown) => this.options.onError?.(error));
  }

  /** Waits; true when it was woken before the time was over. */
  private async idle(ms: number): Promise<boolean> {
    if (this.stopping) return false;
    if (this.poked) return true;
    const abort = new AbortController();
    this.wake = () => abort.abort();
    try {
      await sleep(ms, undefined, { signal: abort.signal });
      return false;
    } catch {
      return !this.stopping;
    } finally {
      this.wake = null;
    }
  }

  /** One transaction; the rows that it moved. A sequencer whose epoch is over moves none and applies for the lease anew. */
  async sequence(): Promise<number> {
    const started = performance.now();
    const moved = await this.call('sequence', `select ${this.schema}.sequence($1, $2) as n`, [this.epoch, this.options.batch ?? 5_000]);
    const took = performance.now() - started;
    if (moved === FENCED) {
      this.epoch = 0;
      this.renewAt = 0;
      return 0;
    }
    metrics.polled(took, moved, this.schema);
    this.movedSinceCompaction += moved;
    if (moved > 0) await this.notify();
    if (this.dueForCompaction(took, moved)) await this.compact();
    return moved;
  }

  private dueForCompaction(took: number, moved: number): boolean {
    if (performance.now() < this.compactNotBefore) return false;
    if (this.movedSinceCompaction >= (this.options.compactAfter ?? 50_000)) return true;
    return took > SLOW_POLL_MS && moved < 100 && this.movedSinceCompaction > 1_000;
  }

  private async compact(): Promise<void> {
    const moved = await this.call('compact', `select ${this.schema}.compact_outbox($1) as n`, [this.epoch]);
    if (moved < 0) {
      this.compactNotBefore = performance.now() + COMPACTION_RETRY_MS;
      return;
    }
    this.movedSinceCompaction = 0;
    metrics.compacted(this.schema);
    if (moved > 0) await this.notify();
  }

  private async notify(): Promise<void> {
    await this.call('notify', `select 1 as n from (select pg_notify($1, '')) as told`, [logChannel(this.schema)]);
  }

  /** Takes or renews the lease; without it the epoch is 0 and nothing is sequenced. */
  async lease(takeOver = false): Promise<boolean> {
    const epoch = await this.call(
      'lease',
      `update ${this.schema}.sequencer
       set epoch = case when owner = $1 and epoch = $2 then epoch else epoch + 1 end, owner = $1, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
       where (owner = $1 and epoch = $2) or lease_until < clock_timestamp() or $4 returning epoch as n`,
      [this.options.owner, this.epoch, LEASE_MS, takeOver],
    );
    this.epoch = epoch;
    this.renewAt = performance.now() + (epoch > 0 ? LEASE_MS / 3 : LEASE_MS / 10);
    return epoch > 0;
  }

  private async release(): Promise<void> {
    await this.call('release', `update ${this.schema}.sequencer set lease_until = '-infinity' where owner = $1 and epoch = $2 returning 1 as n`, [
      this.options.owner,
      this.epoch,
    ]);
    this.epoch = 0;
    this.renewAt = 0;
  }

  private get schema(): string {
    return this.database.context;
  }

  private async call(name: string, text: string, values: unknown[]): Promise<number> {
    const statement: NamedStatement = { name: `${this.schema}.sequencer.${name}`, text };
    const [row] = await this.database.query<{ n: string }>(statement, values);
    return row ? Number(row.n) : 0;
  }
}
