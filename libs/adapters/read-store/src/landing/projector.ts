import { Logger } from '@nestjs/common';
import type { EventBus } from '@kernel/ports/event-bus.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import { Refusal } from '@kernel/refusal.js';
import { hostname } from 'node:os';
import type { CertificateAuditor } from '../audit/certificate-auditor.js';
import type { ClickHouse } from '../clickhouse.js';
import { isUnreadable } from '../clickhouse-away.js';
import type { GenerationRegistry } from '../generations/generation-registry.js';
import type { Generations } from '../generations/generations.js';
import { createLedger } from '../ledger.js';
import type { Leases } from '../leases.js';
import type { Gate } from './gate.js';
import type { Intents } from './intents.js';
import { Landing, LANDING_DEFAULTS, type LandingOptions } from './landing.js';
import type { LandingCalls } from './landing-calls.js';
import { Pacer } from './pacer.js';
import { brokenSegments, cutAt, everySegment, landedOf, repair } from './reconcile.js';
import { detach, findUnreadable, inWords, isNothing, type Unreadable } from './unreadable-parts.js';

const FIRST_RETRY_MS = 100;
const MOST_RETRY_MS = 5_000;
const MOST_MENDING_RETRY_MS = 30_000;
/** One process at a time sets aside what ClickHouse cannot read. */
const MENDING = 'mending';
/** It reads the whole of every table, so that it is not done for each question that fails where it finds nothing, ms. */
const MEND_AGAIN_MS = 60_000;
/**
 * With a part ClickHouse forgets which blocks were in it: what a stopped owner still sends of one that another has finished would count twice. So it is looked
 * once more when no owner can, ms.
 */
const SECOND_LOOK_MS = 200_000;

export interface ProjectorParts {
  readonly stores: EventStores;
  readonly bus: EventBus;
  readonly clickhouse: ClickHouse;
  readonly intents: Intents;
  readonly leases: Leases;
  readonly gate: Gate;
  readonly registry: GenerationRegistry;
  readonly generations: Generations;
  readonly auditor: CertificateAuditor;
}

export interface ProjectorOptions {
  readonly landing?: Partial<LandingOptions>;
  /** True where no other process can be landing: a gate or a lease that is held at start is then a dead holder's. Default true. */
  readonly soleOwner?: boolean;
  /** Whether an error is that of a database that was not reached, or not heard from again. */
  readonly isAway?: (error: unknown) => boolean;
  /** Where a process that lands hears of others. */
  readonly calls?: LandingCalls;
}

/** Lands every context, as far as the bus gives it to this process, and keeps the tables that it lands in. */
export class Projector {
  private readonly logger = new Logger(Projector.name);
  private readonly landings: ReadonlyMap<string, Landing>;
  private readonly pacer = new Pacer();
  private starting: Promise<void> = Promise.resolve();
  private mending: Promise<void> | null = null;
  private isStarted = false;
  private isMendingDue = false;
  private mendAgainAt = -Infinity;
  private foundAt = -Infinity;
  private secondLook: NodeJS.Timeout | undefined;
  private stopping = false;
  private unlisten: () => void = () => undefined;

  constructor(
    private readonly parts: ProjectorParts,
    private readonly options: ProjectorOptions,
  ) {
    const { stores, bus, clickhouse, intents } = parts;
    const owner = `${hostname()}:${process.pid}`;
    const limits = { ...LANDING_DEFAULTS, ...options.landing };
    this.landings = new Map(
      stores
        .contexts()
        .map((context) => [context, new Landing(context, { session: clickhouse.landing, intents, bus, log: stores.log(context), owner }, limits)]),
    );
  }

  landing(context: string): Landing | undefined {
    return this.landings.get(context);
  }

  async start(): Promise<void> {
    this.starting = (this.options.soleOwner ?? true) ? this.startAlone() : this.startBesideOthers();
    await this.starting;
    this.isStarted = true;
    if (this.isMendingDue) this.mend();
  }

  /** Finishes the blocks in hand. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.pacer.wake();
    clearTimeout(this.secondLook);
    this.unlisten();
    await this.starting.catch(() => undefined);
    await this.mending;
    await Promise.all([...this.landings.values()].map((landing) => landing.stop()));
  }

  /** Nobody else is there: what is held is a dead process', and landing begins when every read model is there to be landed in. */
  private async startAlone(): Promise<void> {
    await this.parts.gate.forceOpen();
    await this.parts.leases.endAll();
    await this.untilThere(() => this.prepare());
    await this.untilThere(() => this.startGenerations());
    await this.land();
  }

  /** Others land meanwhile, or wait for this process to do so: it does as soon as the ledger is whole, while generations are made. */
  private async startBesideOthers(): Promise<void> {
    await this.untilThere(() => this.prepare());
    await this.land();
    await this.untilThere(() => this.startGenerations());
  }

  private async prepare(): Promise<void> {
    await createLedger(this.parts.clickhouse.maintenance);
    await this.parts.auditor.tidy();
    for (const landing of this.landings.values()) await landing.resendOpen();
    await this.readable(() => this.reconcile());
  }

  private async startGenerations(): Promise<void> {
    await this.readable(() => this.parts.generations.start(() => this.stopping));
  }

  private async land(): Promise<void> {
    if (this.stopping) return;
    for (const landing of this.landings.values()) await landing.start();
    this.unlisten = this.options.calls?.listen((call) => this.hear(call)) ?? this.unlisten;
  }

  private hear(call: string): void {
    if (call === 'mend') return this.mend();
    for (const landing of this.landings.values()) landing.hurry();
  }

  /**
   * Looks for what ClickHouse cannot read, and has it made anew, unless this process is about it, or found nothing a moment ago: for who was refused as
   * `analytics.unreadable`. It is tried until it is done. Of several processes each looks, one after another: they may be of different releases.
   */
  mend(): void {
    this.isMendingDue = true;
    if (!this.isStarted || this.stopping || this.mending || performance.now() < this.mendAgainAt) return;
    this.mending = this.mendUntilDone().finally(() => (this.mending = null));
  }

  private async mendUntilDone(): Promise<void> {
    let found = false;
    const work = async (): Promise<void> => {
      found = (await this.setAside()) || found;
      await this.parts.generations.makeMissing(() => this.stopping);
    };
    await this.untilDone(work, () => true, MOST_MENDING_RETRY_MS);
    if (this.stopping) return;
    if (found) {
      this.foundAt = performance.now();
      this.secondLook = setTimeout(() => this.mend(), SECOND_LOOK_MS).unref();
    } else if (performance.now() - this.foundAt > MEND_AGAIN_MS) {
      // Who was refused before the last time may tell only after it: that is no reason to be deaf.
      this.logger.log('ClickHouse can read all of its files: nothing was set aside');
      this.mendAgainAt = performance.now() + MEND_AGAIN_MS;
    }
  }

  /** Makes the ledger what Postgres knows to have landed, without what cannot be read of it, while nothing lands in any process. */
  private async reconcile(unreadable?: Unreadable): Promise<void> {
    const { gate, intents, bus, clickhouse, stores } = this.parts;
    await gate.whileClosed(async () => {
      if (unreadable) await this.giveUp(unreadable);
      for (const context of this.landings.keys()) {
        const log = stores.log(context);
        const progress = await intents.progress(context);
        // Read after it: what has landed was in the log before.
        const head = await log.head();
        const landed = landedOf(context, cutAt(head, progress), bus);
        const isTakenBack = head < landedOf(context, progress, bus).furthest;
        const broken = await (isTakenBack ? everySegment : brokenSegments)(clickhouse.maintenance, log, landed);
        if (broken.length === 0) continue;
        const found = isTakenBack
          ? `its log was taken back and ends at ${head}: all of the ledger is taken from it`
          : 'the ledger has lost or gained rows';
        this.logger.warn(`${context}: ${found}; every read model is made anew`);
        // First the verdict, then the repair: a crash between the two must not leave views in service that miss rows.
        await this.giveUpAll();
        await repair(clickhouse.maintenance, log, landed, broken);
        // Last, so that a crash before it begins anew.
        if (isTakenBack) await intents.takeBack(context, head);
      }
    });
  }

  /** First the verdict, then the deed, as ever. What read models could not read stands nowhere but in the errors. */
  private async giveUp(unreadable: Unreadable): Promise<void> {
    const { registry, clickhouse } = this.parts;
    if (unreadable.errors.length + unreadable.ledger.length > 0) await this.giveUpAll();
    for (const { readModel, number } of unreadable.generations) await registry.retire(readModel, number);
    await detach(clickhouse.maintenance, unreadable);
  }

  /** Their names answer nothing until they are made anew: where one process lands alone, what is repaired counts a second time in the old ones. */
  private async giveUpAll(): Promise<void> {
    await this.parts.registry.retireAll();
    await this.parts.generations.hideAll();
  }

  /** Works once more without what ClickHouse cannot read. @throws the error where it can read everything */
  private async readable(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      let found = false;
      await this.untilThere(async () => void (found = (await this.setAside()) || found));
      if (!found) throw error;
      await work();
    }
  }

  /**
   * Sets aside what ClickHouse cannot read, and takes from the log what the ledger misses, of that or of what was set aside before; whether anything was.
   * One process at a time.
   */
  private async setAside(): Promise<boolean> {
    const { clickhouse, registry, leases } = this.parts;
    let isAny = false;
    const work = async (): Promise<void> => {
      const unreadable = await findUnreadable(clickhouse.checking, await registry.all(), () => this.stopping);
      isAny = !isNothing(unreadable);
      if (isAny) this.logger.warn(`ClickHouse cannot read ${inWords(unreadable)}: set aside, and made anew from the log`);
      if (!this.stopping) await this.reconcile(unreadable);
    };
    await leases.inTurn(MENDING, work, () => this.stopping);
    return isAny;
  }

  /** Repeats what needs engines until they are there: an engine's absence is waited for, whatever else fails is not. */
  private async untilThere(work: () => Promise<void>): Promise<void> {
    await this.untilDone(work, (error) => (error instanceof Refusal ? error.kind === 'unavailable' : (this.options.isAway?.(error) ?? false)));
  }

  private async untilDone(work: () => Promise<void>, isPassing: (error: unknown) => boolean, mostRetryMs = MOST_RETRY_MS): Promise<void> {
    for (let delay = FIRST_RETRY_MS; !this.stopping; delay = Math.min(delay * 2, mostRetryMs)) {
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error)) throw error;
        this.logger.warn(`${(error as Error).message}; looking again in ${delay} ms`);
        await this.pacer.pause(delay);
      }
    }
  }
}
