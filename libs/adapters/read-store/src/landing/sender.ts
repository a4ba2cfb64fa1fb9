import { Logger } from '@nestjs/common';
import type { LoggedEvent } from '@kernel/event.js';
import type { EventBus } from '@kernel/ports/event-bus.js';
import type { EventLog } from '@kernel/ports/event-store.js';
import type { ClickHouseSession } from '../clickhouse.js';
import { landingSettings, LEDGER, ledgerRow } from '../ledger.js';
import { landedBlocks, landedRows, resentBlocks } from '../metrics.js';
import { blockDigest } from './blocks.js';
import { tokenOf, type Intent, type Intents, type Progress } from './intents.js';

/** Events read at once for a block that is sent again. */
const PAGE = 5_000;
/**
 * How old an intent may be, ms, when its rows leave. Whoever was stopped for longer leaves it to a new owner: were the intent long done, the tables
 * might have forgotten its token.
 */
const STALE_MS = 60_000;

export interface SenderParts {
  readonly session: ClickHouseSession;
  readonly intents: Intents;
  readonly bus: EventBus;
  readonly log: EventLog;
}

/**
 * Sends the rows of intents, under their tokens, and marks them done. Anyone may send an open intent, its owner or not, and several at once: the
 * token makes one of it.
 */
export class Sender {
  private readonly logger = new Logger(Sender.name);
  private readonly resending = new Map<number, Promise<Progress>>();

  constructor(
    private readonly context: string,
    private readonly parts: SenderParts,
  ) {}

  /** @param since before when the intent was not known to be done, as performance.now() tells */
  async send(intent: Intent, events: readonly LoggedEvent[], since: number): Promise<Progress> {
    const rows = events.map((event) => ledgerRow(this.context, event, intent.number));
    if (performance.now() - since > STALE_MS) throw new Error(`intent ${intent.number} of ${this.context} was open for too long to be sent as it is`);
    await this.parts.session.insert(LEDGER, rows, landingSettings(tokenOf(intent)));
    const progress = await this.parts.intents.finish(intent);
    landedRows.add(events.length, { context: this.context });
    landedBlocks.add(1, { context: this.context });
    return progress;
  }

  /** Sends again whatever is open in the context. */
  async resendOpen(): Promise<void> {
    const since = performance.now();
    for (const intent of await this.parts.intents.openIntents(this.context)) await this.resend(intent, since);
  }

  private resend(intent: Intent, since: number): Promise<Progress> {
    const sending = this.resending.get(intent.number) ?? this.again(intent, since).finally(() => this.resending.delete(intent.number));
    this.resending.set(intent.number, sending);
    return sending;
  }

  private async again(intent: Intent, since: number): Promise<Progress> {
    const events = await this.eventsOf(intent);
    // Other rows under a used token would be dropped without a word.
    if (events.length !== intent.rowCount || blockDigest(events) !== intent.digest) {
      throw new Error(`intent ${intent.number} of ${this.context} no longer matches the log`);
    }
    this.logger.log(`${this.context}: sending intent ${intent.number} again, positions ${intent.firstPosition} to ${intent.lastPosition}`);
    resentBlocks.add(1, { context: this.context });
    return this.send(intent, events, since);
  }

  /** What an intent holds, from the log. */
  private async eventsOf(intent: Intent): Promise<LoggedEvent[]> {
    const belongs = this.belongsTo(intent);
    const events: LoggedEvent[] = [];
    for (let after = intent.firstPosition - 1; after < intent.lastPosition;) {
      const page = await this.parts.log.readAfter(after, Math.min(PAGE, intent.lastPosition - after));
      if (page.length === 0) break;
      events.push(...page.filter(belongs));
      after = page.at(-1)!.position;
    }
    return events;
  }

  private belongsTo({ number, partitions, parts }: Intent): (event: LoggedEvent) => boolean {
    const { bus } = this.parts;
    if (partitions === 1) return () => true;
    if (partitions !== bus.partitions(this.context)) {
      throw new Error(`intent ${number} of ${this.context} is of a topic with ${partitions} partitions: let that many finish it first`);
    }
    const ranges = new Map(parts.map((part) => [part.partition, part]));
    return ({ stream, position }) => {
      const part = ranges.get(bus.partitionOf(this.context, stream));
      return part !== undefined && position >= part.firstPosition && position <= part.lastPosition;
    };
  }
}
