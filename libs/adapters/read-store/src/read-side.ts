import { Logger } from '@nestjs/common';
import type { Breakers } from '@kernel/ports/breakers.js';
import type { EventBus } from '@kernel/ports/event-bus.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import type { ControlTotal, ReadModelDefinition } from '@kernel/read-model.js';
import { hostname } from 'node:os';
import { BackgroundAudit } from './audit/background-audit.js';
import { CertificateAuditor } from './audit/certificate-auditor.js';
import { ClickHouse, type ClickHouseLocation } from './clickhouse.js';
import { ClickHouseReadStore } from './clickhouse-read-store.js';
import type { ReadSideDatabases } from './databases.js';
import { GenerationRegistry } from './generations/generation-registry.js';
import { Generations } from './generations/generations.js';
import { Gate } from './landing/gate.js';
import { Intents } from './landing/intents.js';
import { LandedWatermarks } from './landing/landed-watermarks.js';
import { Landing, LANDING_DEFAULTS, type LandingOptions } from './landing/landing.js';
import { brokenSegments, repair } from './landing/reconcile.js';
import { createLedger } from './ledger.js';
import { observeByContext } from './metrics.js';

export interface ReadSideOptions {
  readonly clickhouse: ClickHouseLocation;
  /** Guard a ClickHouse that is a server. */
  readonly breakers?: Breakers;
  readonly readModels: readonly ReadModelDefinition[];
  readonly controls: readonly ControlTotal[];
  readonly landing?: Partial<LandingOptions>;
  /** True where no other process can be landing: a gate that is closed at start is then a dead holder's. Default true. */
  readonly soleOwner?: boolean;
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
  private readonly logger = new Logger(ReadSide.name);
  private readonly landings: ReadonlyMap<string, Landing>;
  private readonly registry: GenerationRegistry;
  private stopObserving: (() => void)[] = [];

  constructor(
    private readonly stores: EventStores,
    bus: EventBus,
    databases: ReadSideDatabases,
    private readonly options: ReadSideOptions,
  ) {
    const analytics = databases.get('analytics');
    const intents = new Intents(analytics);
    const contexts = stores.contexts();
    this.clickhouse = new ClickHouse(options.clickhouse, options.breakers);
    const { landing, maintenance, reading } = this.clickhouse;
    this.gate = new Gate(analytics, intents);
    this.registry = new GenerationRegistry(analytics);
    this.generations = new Generations(options.readModels, maintenance, this.registry, this.gate);
    this.store = new ClickHouseReadStore(reading, options.readModels);
    this.watermarks = new LandedWatermarks(intents, stores, (context) => this.landings.get(context));
    this.auditor = new CertificateAuditor({
      session: maintenance,
      databases,
      contexts,
      generations: this.generations,
      gate: this.gate,
      controls: options.controls,
    });
    this.backgroundAudit = new BackgroundAudit({
      session: maintenance,
      databases,
      contexts,
      intents,
      everyMs: options.backgroundAuditMs ?? BACKGROUND_AUDIT_MS,
    });
    const owner = `${hostname()}:${process.pid}`;
    const limits = { ...LANDING_DEFAULTS, ...options.landing };
    this.landings = new Map(
      contexts.map((context) => [context, new Landing(context, { session: landing, intents, bus, log: stores.log(context), owner }, limits)]),
    );
  }

  /**
   * Finishes what was left open, makes the ledger what Postgres knows to have landed, gives every read model an active generation, and
   * lands from there on. After the migrations of schema `analytics`; the sequencers may start before or after.
   */
  async start(): Promise<void> {
    const { maintenance } = this.clickhouse;
    await createLedger(maintenance);
    if (this.options.soleOwner ?? true) await this.gate.forceOpen();
    await this.auditor.dropClones();
    for (const landing of this.landings.values()) await landing.acquire();
    await this.reconcile();
    await this.generations.start();
    for (const landing of this.landings.values()) await landing.start();
    this.backgroundAudit.start();
    this.observe();
  }

  /** Finishes the blocks in hand, then closes ClickHouse. Questions after it fail. */
  async stop(): Promise<void> {
    for (const stop of this.stopObserving) stop();
    this.stopObserving = [];
    await this.backgroundAudit.stop();
    await Promise.all([...this.landings.values()].map((landing) => landing.stop()));
    await this.clickhouse.close();
  }

  /** Whether ClickHouse answers. @throws its error when not */
  async ping(): Promise<void> {
    await this.clickhouse.reading.rows('SELECT 1 AS one');
  }

  private async reconcile(): Promise<void> {
    const { maintenance } = this.clickhouse;
    for (const [context, landing] of this.landings) {
      const broken = await brokenSegments(maintenance, context, landing.watermark);
      if (broken.length === 0) continue;
      this.logger.warn(`${context}: the ledger has lost or gained rows; every read model is made anew`);
      // First the verdict, then the repair: a crash between the two must not leave views in service that saw rows twice.
      await this.registry.retireAll();
      await repair(maintenance, this.stores.log(context), broken);
    }
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
