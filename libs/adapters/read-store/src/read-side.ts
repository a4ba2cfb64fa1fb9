import { Logger } from '@nestjs/common';
import type { Breakers } from '@kernel/ports/breakers.js';
import type { EventBus } from '@kernel/ports/event-bus.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import type { ControlTotal, ReadModelDefinition } from '@kernel/read-model.js';
import { BackgroundAudit } from './audit/background-audit.js';
import { CertificateAuditor } from './audit/certificate-auditor.js';
import { ClickHouse, type ClickHouseLocation } from './clickhouse.js';
import { ClickHouseReadStore } from './clickhouse-read-store.js';
import type { ReadSideDatabases } from './databases.js';
import { GenerationRegistry } from './generations/generation-registry.js';
import { Generations } from './generations/generations.js';
import { Gate } from './landing/gate.js';
import { Intents } from './landing/intents.js';
import { SERVER_BLOCKS } from './landing/landing.js';
import { LandingCaller } from './landing/landing-calls.js';
import { LandedWatermarks } from './landing/landed-watermarks.js';
import { Projector, type ProjectorOptions } from './landing/projector.js';
import { Leases } from './leases.js';
import { observeByContext } from './metrics.js';

/**
 * `lands`: ships the log into ClickHouse and keeps the read models' tables (a projector). `answers`: only asks, rebuilds and audits, while other processes
 * land (a query API).
 */
export type ReadSideRole = 'lands' | 'answers';

export interface ReadSideOptions extends ProjectorOptions {
  readonly clickhouse: ClickHouseLocation;
  /** Guard a ClickHouse that is a server. */
  readonly breakers?: Breakers;
  readonly readModels: readonly ReadModelDefinition[];
  readonly controls: readonly ControlTotal[];
  /** Default both, in one process. */
  readonly roles?: readonly ReadSideRole[];
  /** Time between two looks of the background audit, ms; default a minute. */
  readonly backgroundAuditMs?: number;
}

const BACKGROUND_AUDIT_MS = 60_000;

/** Everything between the log and the analysts' figures, with a start and a stop that the app calls in its own order. */
export class ReadSide {
  readonly watermarks: LandedWatermarks;
  readonly store: ClickHouseReadStore;
  readonly generations: Generations;
  readonly auditor: CertificateAuditor;
  readonly backgroundAudit: BackgroundAudit;
  readonly clickhouse: ClickHouse;
  readonly gate: Gate;
  /** None where other processes land. */
  private readonly projector: Projector | null;
  private readonly logger = new Logger(ReadSide.name);
  private stopObserving: (() => void)[] = [];

  /** @param bus null where this process does not land */
  constructor(stores: EventStores, bus: EventBus | null, databases: ReadSideDatabases, options: ReadSideOptions) {
    const analytics = databases.get('analytics');
    const intents = new Intents(analytics);
    const leases = new Leases(analytics);
    const contexts = stores.contexts();
    const others = new LandingCaller(analytics);
    this.clickhouse = new ClickHouse(options.clickhouse, options.breakers, (error) => {
      this.logger.warn(`ClickHouse cannot read its files: ${error.message}`);
      if (this.projector) this.projector.mend();
      else others.call('mend');
    });
    const { maintenance, reading } = this.clickhouse;
    this.gate = new Gate(analytics, intents);
    const registry = new GenerationRegistry(analytics);
    this.generations = new Generations(options.readModels, {
      session: maintenance,
      registry,
      gate: this.gate,
      leases,
      soleOwner: options.soleOwner ?? true,
    });
    this.store = new ClickHouseReadStore(reading, options.readModels);
    const { generations, gate } = this;
    this.auditor = new CertificateAuditor({ session: maintenance, databases, contexts, generations, gate, leases, controls: options.controls });
    const everyMs = options.backgroundAuditMs ?? BACKGROUND_AUDIT_MS;
    this.backgroundAudit = new BackgroundAudit({ session: maintenance, databases, contexts, intents, leases, everyMs });
    this.projector =
      (options.roles?.includes('lands') ?? true)
        ? new Projector(
            { stores, bus: present(bus), clickhouse: this.clickhouse, intents, leases, gate, registry, generations, auditor: this.auditor },
            { ...options, landing: { ...('url' in options.clickhouse && SERVER_BLOCKS), ...options.landing } },
          )
        : null;
    this.watermarks = new LandedWatermarks(
      intents,
      stores,
      (context) => this.projector?.landing(context),
      () => others.call('hurry'),
    );
  }

  /**
   * Where this process lands: finishes what was left open, makes the ledger what Postgres knows to have landed, gives every read model an active
   * generation, and lands from there on; a ClickHouse over the network is waited for. After the migrations of schema `analytics`; the
   * sequencers may start before or after.
   */
  async start(): Promise<void> {
    if (this.projector) {
      await this.projector.start();
      this.backgroundAudit.start();
    }
    this.observe();
  }

  /** Finishes the blocks in hand, then closes ClickHouse. Questions after it fail. */
  async stop(): Promise<void> {
    for (const stop of this.stopObserving) stop();
    this.stopObserving = [];
    await this.backgroundAudit.stop();
    await this.projector?.stop();
    await this.clickhouse.close();
  }

  /** Whether ClickHouse answers. @throws its error when not */
  async ping(): Promise<void> {
    await this.clickhouse.reading.rows('SELECT 1 AS one');
  }

  private observe(): void {
    const current = async (value: 'position' | 'lagMs') =>
      new Map(
        Object.entries(await this.watermarks.current()).map(([context, watermark]) => [
          context,
          value === 'lagMs' ? watermark.lagMs / 1000 : watermark.position,
        ]),
      );
    this.stopObserving = [
      observeByContext('nebulocart_watermark', 'Highest position up to which everything is visible', '{position}', () => current('position')),
      observeByContext('nebulocart_watermark_lag', 'How long the oldest event past the watermark has waited', 's', () => current('lagMs')),
    ];
  }
}

function present(bus: EventBus | null): EventBus {
  if (bus) return bus;
  throw new Error('a process that lands needs an EventBus to follow');
}
