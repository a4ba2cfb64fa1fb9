import { Logger } from '@nestjs/common';
import type { ClickHouseSession } from '../clickhouse.js';
import type { ReadSideDatabases } from '../databases.js';
import type { Intents } from '../landing/intents.js';
import { LEDGER } from '../ledger.js';
import { LeaseHeld, type Leases } from '../leases.js';
import { backgroundDifferences } from '../metrics.js';
import { firstOpenBlock, ledgerProof } from './ledger-proof.js';
import type { Comparison } from './projection-proof.js';

const NAMED_IN_LOG = 10;

export interface BackgroundAuditParts {
  readonly session: ClickHouseSession;
  readonly databases: ReadSideDatabases;
  readonly contexts: readonly string[];
  readonly intents: Intents;
  readonly leases: Leases;
  /** Time between two looks, ms. */
  readonly everyMs: number;
}

/**
 * Proves what is new to be the log, now and then: blocks of positions that are not closed yet, and each closed one once. It holds nothing
 * still, because what has landed never changes, and rows beyond the watermark are not its business yet. What it finds is in the log and the
 * metrics; it repairs nothing. Of several processes, one looks at a time.
 */
export class BackgroundAudit {
  private readonly logger = new Logger(BackgroundAudit.name);
  private readonly proven = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: BackgroundAuditParts) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running = this.running
        .then(() => this.parts.leases.ifFree('background-audit', () => this.look()))
        .catch((error: unknown) => {
          if (!(error instanceof LeaseHeld)) this.logger.warn(`the background audit could not look: ${String(error)}`);
        });
    }, this.parts.everyMs).unref();
  }

  /** Resolves when the look in hand is over. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Looks at every context that has moved since the last look; what differs, by context. */
  async look(): Promise<Map<string, Comparison>> {
    const found = new Map<string, Comparison>();
    for (const [context, position] of await this.parts.intents.watermarks()) {
      if (!this.parts.contexts.includes(context) || this.proven.get(context) === position) continue;
      found.set(context, await this.prove(context, position));
      this.proven.set(context, position);
    }
    return found;
  }

  private async prove(context: string, position: number): Promise<Comparison> {
    const { session, databases } = this.parts;
    const ledger = `(SELECT * FROM ${LEDGER} WHERE context = '${context}' AND position <= ${position})`;
    const sources = { session, ledger, database: databases.get(context), context, position };
    const comparison = await ledgerProof(sources, await firstOpenBlock(sources));
    backgroundDifferences.add(comparison.differing, { context });
    for (const { key, reason } of comparison.differences.slice(0, NAMED_IN_LOG)) this.logger.error(`${key}: ${reason}`);
    return comparison;
  }
}
