import { Logger } from '@nestjs/common';
import type { LoggedEvent } from '@kernel/event.js';
import type { BusMessage, EventBus, Subscription } from '@kernel/ports/event-bus.js';
import type { EventLog } from '@kernel/ports/event-store.js';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClickHouseSession } from '../clickhouse.js';
import { landingSettings, LEDGER, ledgerRow } from '../ledger.js';
import { landedBlocks, landedRows, landingSeconds, resentBlocks } from '../metrics.js';
import { blockDigest, blocksOf, isDenseAfter, type BlockLimits } from './blocks.js';
import { Fenced, GateClosed, tokenOf, type Block, type Intent, type Intents, type Ownership } from './intents.js';

export interface LandingOptions extends BlockLimits {
  /** Shortest time between two blocks under load, ms; a waiting read makes them come at once. */
  readonly lingerMs: number;
}

/**
 * A block takes what its views take to be analysed, whether it holds ten events or a thousand. So landing keeps to a quarter of a core, and to half of one
 * while readers wait for it.
 */
const LANDING_REST = { calm: 3, hurried: 1 };

export const LANDING_DEFAULTS: LandingOptions = { maxRows: 5_000, maxBytes: 8 * 1024 * 1024, lingerMs: 200 };

export interface LandingParts {
  readonly session: ClickHouseSession;
  readonly intents: Intents;
  readonly bus: EventBus;
  readonly log: EventLog;
  /** Says in Postgres who lands; informational, the epoch decides. */
  readonly owner: string;
}

/**
 * Ships one context's events into the ledger, each exactly once: intent, insert under the intent's token, done.
 * Whatever fails in between is sent again under the same token, by this owner or the next, which also heals views that a crash left behind.
 */
export class Landing {
  private readonly logger = new Logger(Landing.name);
  private readonly listeners = new Set<() => void>();
  private subscription: Subscription | null = null;
  private ownership: Ownership | null = null;
  private stopping = false;

  constructor(
    readonly context: string,
    private readonly parts: LandingParts,
    private readonly options: LandingOptions = LANDING_DEFAULTS,
  ) {}

  /** Highest position that landed, as this owner knows it. */
  get watermark(): number {
    return this.ownership?.watermark ?? 0;
  }

  /** Takes the context over and finishes what its last owner left open. Before `start`. */
  async acquire(): Promise<number> {
    if (this.ownership && !(await this.parts.intents.owns(this.context, this.ownership.epoch))) throw this.fencedOff(this.ownership);
    this.ownership = await this.parts.intents.acquire(this.context, this.parts.owner);
    for (const intent of await this.parts.intents.openIntents(this.context)) await this.resend(intent);
    return this.watermark;
  }

  /** Follows the bus from the watermark on. @throws Error for a topic in several partitions: positions are dense only in the whole. */
  async start(): Promise<void> {
    const { bus } = this.parts;
    if (bus.partitions(this.context) !== 1) throw new Error(`${this.context}.events must have one partition to be landed`);
    let acquired = this.ownership !== null;
    this.subscription = await bus.subscribe({
      context: this.context,
      group: 'landing',
      partition: 0,
      maxBatch: this.options.maxRows,
      lingerMs: this.options.lingerMs,
      rest: LANDING_REST,
      from: async () => {
        const position = acquired ? this.watermark : await this.acquire();
        acquired = false;
        return position;
      },
      onBatch: (messages) => this.receive(messages),
    });
  }

  /** Lands what there is without lingering: a read is waiting for it. */
  hurry(): void {
    this.subscription?.hurry();
  }

  /** Calls back whenever the watermark moved. Returns the unsubscribe. */
  onAdvance(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Finishes the block in hand. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.subscription?.close();
    this.subscription = null;
  }

  private async receive(messages: readonly BusMessage[]): Promise<void> {
    const fresh = messages.filter(({ event }) => event.position > this.watermark);
    const last = fresh.at(-1);
    if (!last) return;
    const offset = new Map(fresh.map((message) => [message.event.position, message.offset]));
    const delivered = fresh.map(({ event }) => event);
    const events = isDenseAfter(this.watermark, delivered) ? delivered : await this.refill(last.event.position);
    for (const block of blocksOf(events, this.options)) await this.land(block, offset);
  }

  /** The log's own events up to a position, where the bus left some out. */
  private async refill(upTo: number): Promise<LoggedEvent[]> {
    const missing = upTo - this.watermark;
    this.logger.warn(`${this.context}: the bus left positions after ${this.watermark} out; reading them from the log`);
    return this.fromLog(this.watermark, Math.min(missing, this.options.maxRows));
  }

  private async fromLog(after: number, count: number): Promise<LoggedEvent[]> {
    const events = await this.parts.log.readAfter(after, count);
    if (events.length !== count || !isDenseAfter(after, events)) {
      throw new Error(`the log of ${this.context} does not have every position from ${after + 1} to ${after + count}`);
    }
    return events;
  }

  private async land(events: readonly LoggedEvent[], offsets: ReadonlyMap<number, number>): Promise<void> {
    const first = events[0]!.position;
    const last = events.at(-1)!.position;
    const started = performance.now();
    const intent = await this.openIntent({
      context: this.context,
      partition: 0,
      firstOffset: offsets.get(first) ?? first,
      lastOffset: offsets.get(last) ?? last,
      firstPosition: first,
      lastPosition: last,
      rowCount: events.length,
      digest: blockDigest(events),
    });
    await this.send(intent, events);
    landingSeconds.record((performance.now() - started) / 1000, { context: this.context });
  }

  private async openIntent(block: Block): Promise<Intent> {
    for (;;) {
      try {
        return await this.parts.intents.open(block, this.ownership!);
      } catch (error) {
        if (!(error instanceof GateClosed)) throw error;
        if (this.stopping) throw error;
        await pause(10);
      }
    }
  }

  private async send(intent: Intent, events: readonly LoggedEvent[]): Promise<void> {
    const rows = events.map((event) => ledgerRow(this.context, event, intent.number));
    await this.parts.session.insert(LEDGER, rows, landingSettings(tokenOf(intent)));
    this.ownership = await this.parts.intents.done(intent, this.ownership!.epoch);
    landedRows.add(events.length, { context: this.context });
    landedBlocks.add(1, { context: this.context });
    for (const listener of this.listeners) listener();
  }

  private async resend(intent: Intent): Promise<void> {
    const events = await this.fromLog(intent.firstPosition - 1, intent.rowCount);
    // Other rows under a used token would be dropped without a word.
    if (blockDigest(events) !== intent.digest) throw new Error(`intent ${intent.number} of ${this.context} no longer matches the log`);
    this.logger.log(`${this.context}: sending intent ${intent.number} again, positions ${intent.firstPosition} to ${intent.lastPosition}`);
    resentBlocks.add(1, { context: this.context });
    await this.send(intent, events);
  }

  private fencedOff({ epoch }: Ownership): Fenced {
    this.logger.error(`${this.context}: another process lands it now; this one stops`);
    void this.subscription?.close();
    return new Fenced(this.context, epoch);
  }
}
