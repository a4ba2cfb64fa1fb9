import { Logger } from '@nestjs/common';
import type { LoggedEvent } from '@kernel/event.js';
import type { BusMessage, Subscription } from '@kernel/ports/event-bus.js';
import { setTimeout as pause } from 'node:timers/promises';
import { landingSeconds } from '../metrics.js';
import { blockDigest, blocksOf, isDenseAfter, type BlockLimits } from './blocks.js';
import { Fenced, GateClosed, type Block, type Intent, type Progress } from './intents.js';
import { OwnedPartitions } from './owned-partitions.js';
import { Sender, type SenderParts } from './sender.js';
import { WatermarkKeeper } from './watermark-keeper.js';

export interface LandingOptions extends BlockLimits {
  /** Shortest time between two blocks under load, ms; a waiting read makes them come at once. */
  readonly lingerMs: number;
  /** How long a partition that another process took over is left to it, ms, unless the bus says that it is lost: longer than a broker takes to tell. */
  readonly fencedMs: number;
}

/**
 * A block takes what its views take to be analysed, whether it holds ten events or a thousand. So landing keeps to a quarter of a core, and to half of one
 * while readers wait for it.
 */
const LANDING_REST = { calm: 3, hurried: 1 };

/** How long a block waits at the closed gate before it looks for intents that were left open, ms: most holders go in less. */
const AT_GATE_MS = 1_000;

export const LANDING_DEFAULTS: LandingOptions = { maxRows: 5_000, maxBytes: 8 * 1024 * 1024, lingerMs: 200, fencedMs: 15_000 };

/**
 * Into a server, where making a block's text holds up no request of this process: the analysis of the views is shared by four times the rows, which
 * halves what a row of a backlog costs the server.
 */
export const SERVER_BLOCKS: BlockLimits = { maxRows: 20_000, maxBytes: 16 * 1024 * 1024 };

export interface LandingParts extends SenderParts {
  /** Says in Postgres who lands; informational, the epoch decides. */
  readonly owner: string;
}

/**
 * Ships the events of one context's partitions, as many as the bus gives this process, into the ledger, each exactly once: intent, insert under the
 * intent's token, done. One intent is one block of whatever partitions there are, since a block costs its views' analysis and not its rows.
 * Whatever fails in between is sent again under the same token, by this owner or the next, which also heals views that a crash left behind.
 */
export class Landing {
  private readonly logger = new Logger(Landing.name);
  private readonly listeners = new Set<() => void>();
  private readonly owned: OwnedPartitions;
  private readonly sender: Sender;
  private readonly partitions: number;
  /** Only a topic of several partitions needs one: a single partition's progress is its context's. */
  private readonly keeper: WatermarkKeeper | null;
  private subscription: Subscription | null = null;
  private known = 0;
  private stopping = false;

  constructor(
    readonly context: string,
    private readonly parts: LandingParts,
    private readonly options: LandingOptions = LANDING_DEFAULTS,
  ) {
    this.partitions = parts.bus.partitions(context);
    this.sender = new Sender(context, parts);
    this.owned = new OwnedPartitions(options.fencedMs, (partition) => this.takeAgain(partition));
    this.keeper = this.partitions === 1 ? null : new WatermarkKeeper(context, parts, () => this.advanced());
  }

  /** Highest position up to which everything has landed, as this process knows it. */
  get watermark(): number {
    return this.keeper?.watermark ?? this.known;
  }

  /** Finishes what any owner left open, whether the partitions come to this process or not. */
  async resendOpen(): Promise<void> {
    await this.sender.resendOpen();
  }

  /** Follows the partitions that the bus gives this process, each from where it has landed. */
  async start(): Promise<void> {
    this.keeper?.start();
    this.subscription = await this.parts.bus.subscribe({
      context: this.context,
      group: 'landing',
      maxBatch: this.options.maxRows,
      lingerMs: this.options.lingerMs,
      rest: LANDING_REST,
      from: (partition) => this.take(partition),
      lost: (partition) => this.owned.drop(partition),
      onBatch: (messages) => this.receive(messages),
    });
  }

  /** Lands what there is without lingering: a read is waiting for it. */
  hurry(): void {
    this.subscription?.hurry();
    this.keeper?.wake();
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
    this.owned.dropAll();
    await this.keeper?.stop();
  }

  /** Becomes a partition's owner and finishes what its last owner left open; the position that it has landed. */
  private async take(partition: number): Promise<number> {
    const { intents, owner } = this.parts;
    const acquired = await intents.acquire(this.context, partition, this.partitions, owner);
    let progress: Progress | null = null;
    if (acquired.open) {
      await this.sender.resendOpen();
      progress = await intents.progress(this.context);
    }
    const landed = progress?.partitions.get(partition)?.landed ?? acquired.landed;
    this.owned.put(partition, { epoch: acquired.epoch, landed });
    this.known = Math.max(this.known, progress?.watermark ?? acquired.watermark);
    this.keeper?.wake();
    return landed;
  }

  /** What came while the partition was left to another has been passed over, and the bus still gives it to this process: it is to come again. */
  private takeAgain(partition: number): void {
    this.logger.warn(`partition ${partition} of ${this.context} was taken over, but the bus still gives it to this process, which takes it again`);
    this.subscription?.again(partition);
  }

  private async receive(messages: readonly BusMessage[]): Promise<void> {
    const fresh = messages.filter(({ partition, event }) => this.owned.wants(partition, event.position));
    if (fresh.length === 0) return;
    // By position, each once, whatever a bus gives twice in one batch.
    const messageAt = new Map(fresh.map((message) => [message.event.position, message]));
    for (const block of blocksOf(await this.whole([...messageAt.values()]), this.options)) await this.land(block, messageAt);
    // A partition may have gone and come back in between: what was left out for that must not count as delivered.
    const left = messages.find(({ partition, event }) => this.owned.wants(partition, event.position));
    if (left)
      throw new Error(
        `partition ${left.partition} of ${this.context} was acquired anew during a batch: position ${left.event.position} is to come again`,
      );
  }

  /** The events to land, in order of position. Where positions are dense, what a bus left out is noticed, and taken from the log. */
  private async whole(fresh: readonly BusMessage[]): Promise<LoggedEvent[]> {
    const events = fresh.map(({ event }) => event);
    if (this.partitions > 1) return events.sort((a, b) => a.position - b.position);
    const { landed } = this.owned.get(0)!;
    if (isDenseAfter(landed, events)) return events;
    this.logger.warn(`${this.context}: the bus left positions after ${landed} out; reading them from the log`);
    const count = Math.min(events.at(-1)!.position - landed, this.options.maxRows);
    const logged = await this.parts.log.readAfter(landed, count);
    if (logged.length === count && isDenseAfter(landed, logged)) return logged;
    throw new Error(`the log of ${this.context} does not have every position from ${landed + 1} to ${landed + count}`);
  }

  private async land(events: readonly LoggedEvent[], messageAt: ReadonlyMap<number, BusMessage>): Promise<void> {
    const started = performance.now();
    let mine = events;
    for (;;) {
      mine = mine.filter(({ position }) => this.owned.wants(messageAt.get(position)?.partition ?? 0, position));
      if (mine.length === 0) return;
      const block = this.blockOf(mine, messageAt);
      try {
        const { intent, since } = await this.openIntent(block);
        this.progressed(await this.sender.send(intent, mine, since));
        landingSeconds.record((performance.now() - started) / 1000, { context: this.context });
        return;
      } catch (error) {
        if (!(error instanceof Fenced)) throw error;
        // What is another owner's now is left to it, and the rest goes on.
        this.logger.warn(`${error.message}; this process goes on with what is left to it`);
        this.owned.fence(block.parts.filter(({ partition }) => error.partitions.includes(partition)));
      }
    }
  }

  private blockOf(events: readonly LoggedEvent[], messageAt: ReadonlyMap<number, BusMessage>): Block {
    const places = events.map(({ position }) => messageAt.get(position) ?? { partition: 0, offset: position, event: { position } });
    return {
      context: this.context,
      partitions: this.partitions,
      parts: this.owned.partsOf(places),
      firstPosition: events[0]!.position,
      lastPosition: events.at(-1)!.position,
      rowCount: events.length,
      digest: blockDigest(events),
    };
  }

  private async openIntent(block: Block): Promise<{ intent: Intent; since: number }> {
    for (let resendAt = performance.now() + AT_GATE_MS; ;) {
      const since = performance.now();
      try {
        return { intent: await this.parts.intents.open(block), since };
      } catch (error) {
        if (!(error instanceof GateClosed) || this.stopping) throw error;
        await pause(10);
        if (performance.now() < resendAt) continue;
        // Whoever holds the gate waits for what is open, and this loop may be the one that is to finish it.
        await this.sender.resendOpen();
        resendAt = performance.now() + AT_GATE_MS;
      }
    }
  }

  private progressed({ watermark, partitions }: Progress): void {
    this.owned.update(partitions);
    if (this.keeper) return this.keeper.wake();
    this.known = Math.max(this.known, watermark);
    this.advanced();
  }

  private advanced(): void {
    for (const listener of this.listeners) listener();
  }
}
