import { Logger } from '@nestjs/common';
import { ReadModels, type GenerationState, type RebuildResult } from '@kernel/ports/read-store.js';
import type { ReadModelDefinition } from '@kernel/read-model.js';
import { Refusal } from '@kernel/refusal.js';
import type { ClickHouseSession } from '../clickhouse.js';
import { DATABASE } from '../clickhouse.js';
import type { Gate } from '../landing/gate.js';
import { LeaseHeld, type Leases } from '../leases.js';
import { rebuildSeconds } from '../metrics.js';
import { certify, cloneOf } from './certify.js';
import type { GenerationRegistry, RegisteredGeneration } from './generation-registry.js';
import { backfillGeneration, createGeneration, definitionHash, dropGeneration, existingGenerations, flipView, tableOf } from './generation-tables.js';

/** One process at a time makes or drops generations of a read model. */
const leaseOf = (readModel: string): string => `read-model:${readModel}`;

export interface GenerationsParts {
  readonly session: ClickHouseSession;
  readonly registry: GenerationRegistry;
  readonly gate: Gate;
  readonly leases: Leases;
  /** True where no other process can be landing. */
  readonly soleOwner: boolean;
}

/** Read models as generations: tables that are made, filled, certified and flipped to, and never changed. */
export class Generations extends ReadModels {
  private readonly logger = new Logger(Generations.name);
  private readonly building = new Set<string>();
  private readonly session: ClickHouseSession;
  private readonly registry: GenerationRegistry;
  private readonly gate: Gate;
  private readonly leases: Leases;
  private readonly soleOwner: boolean;

  constructor(
    readonly definitions: readonly ReadModelDefinition[],
    { session, registry, gate, leases, soleOwner }: GenerationsParts,
  ) {
    super();
    this.session = session;
    this.registry = registry;
    this.gate = gate;
    this.leases = leases;
    this.soleOwner = soleOwner;
  }

  /**
   * Drops what a crash left unfinished, and gives every read model of this release an active generation of its very SQL. A read model that another
   * process is making is waited for, unless that is given up.
   */
  async start(isGivenUp: () => boolean = () => false): Promise<void> {
    const found = [...(await this.registry.all()), ...(await existingGenerations(this.session))].map(({ readModel }) => readModel);
    for (const name of new Set([...found, ...this.definitions.map((definition) => definition.name)])) {
      await this.leases.inTurn(leaseOf(name), () => this.settle(name), isGivenUp);
    }
  }

  /**
   * Makes the read models of this release anew that have no active generation any more, unless waiting for another process is given up. What was another
   * release's is left to that. @throws the first error, after every read model had its turn
   */
  async makeMissing(isGivenUp: () => boolean): Promise<void> {
    const errors: unknown[] = [];
    for (const definition of this.definitions) {
      const make = async (): Promise<void> => {
        if (await this.isMissing(definition)) await this.settle(definition.name);
      };
      await this.leases.inTurn(leaseOf(definition.name), make, isGivenUp).catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }

  private async isMissing(definition: ReadModelDefinition): Promise<boolean> {
    const generations = (await this.registry.all()).filter(({ readModel }) => readModel === definition.name);
    if (generations.some(({ state }) => state === 'active')) return false;
    const last = generations.at(-1);
    return !last || last.definitionHash === definitionHash(definition);
  }

  /** Questions are told that the read models are being made, whatever release's they are, until each is. */
  async hideAll(): Promise<void> {
    const names = new Set((await this.registry.all()).map(({ readModel }) => readModel));
    for (const name of names) await this.session.run(`DROP VIEW IF EXISTS ${DATABASE}.${name}`);
  }

  private async settle(name: string): Promise<void> {
    await this.dropUnfinished(name);
    const definition = this.definitions.find((known) => known.name === name);
    if (!definition) return;
    const active = await this.active(name);
    if (active && active.definitionHash === definitionHash(definition)) await flipView(this.session, definition, active.number);
    else if (!(await this.build(definition)).certified) {
      throw new Error(`generation of ${name} is not what its SQL makes of the ledger; the log above names where`);
    }
  }

  private async active(name: string): Promise<RegisteredGeneration | undefined> {
    return (await this.registry.all()).find(({ readModel, state }) => readModel === name && state === 'active');
  }

  /** The active generation's table of every read model. */
  async activeTables(): Promise<Map<string, { definition: ReadModelDefinition; generation: number; table: string }>> {
    const tables = new Map<string, { definition: ReadModelDefinition; generation: number; table: string }>();
    for (const { readModel, number, state } of await this.registry.all()) {
      const definition = this.definitions.find(({ name }) => name === readModel);
      if (definition && state === 'active') tables.set(readModel, { definition, generation: number, table: tableOf(definition, number) });
    }
    return tables;
  }

  async list(): Promise<GenerationState[]> {
    const generations = await this.registry.all();
    return generations.flatMap(({ readModel, number, state, createdAt }) =>
      state === 'retired' || state === 'dropped' ? [] : [{ readModel, generation: number, state, createdAt }],
    );
  }

  async rebuild(readModel: string): Promise<RebuildResult> {
    const definition = this.definition(readModel);
    return this.exclusively(readModel, () => this.build(definition));
  }

  async rollback(readModel: string): Promise<RebuildResult> {
    const definition = this.definition(readModel);
    return this.exclusively(readModel, async () => {
      const started = performance.now();
      const generations = (await this.registry.all()).filter((generation) => generation.readModel === readModel);
      const previous = generations.find(({ state }) => state === 'previous');
      const active = generations.find(({ state }) => state === 'active');
      if (!previous || !active)
        throw new Refusal('read-model.no-previous', 'conflict', `${readModel} has no generation to roll back to`, { readModel });
      const certified = previous.definitionHash === definitionHash(definition) && (await this.differences(definition, previous.number)) === 0;
      await this.registry.activate(readModel, previous.number);
      await flipView(this.session, definition, previous.number);
      return this.result(definition, active.number, previous.number, started, certified);
    });
  }

  private async build(definition: ReadModelDefinition): Promise<RebuildResult> {
    const started = performance.now();
    const before = await this.active(definition.name);
    const number = await this.fill(definition);
    if ((await this.differences(definition, number)) > 0) {
      const refused = await this.result(definition, before?.number ?? 0, number, started, false);
      await this.discard(definition.name, number);
      return refused;
    }
    await this.registry.activate(definition.name, number);
    await flipView(this.session, definition, number);
    await this.dropRetired(definition.name);
    rebuildSeconds.record((performance.now() - started) / 1000, { read_model: definition.name });
    return this.result(definition, before?.number ?? 0, number, started, true);
  }

  /** Makes a generation that has everything: up to the standstill's last intent by backfill, every later one by its views. */
  private async fill(definition: ReadModelDefinition): Promise<number> {
    const used = (await existingGenerations(this.session))
      .filter(({ readModel }) => readModel === definition.name)
      .map(({ generation }) => generation);
    const number = await this.registry.begin(definition.name, definitionHash(definition), Math.max(0, ...used));
    try {
      const { lastIntent } = await this.gate.whileClosed(async (standstill) => {
        await createGeneration(this.session, definition, number, this.soleOwner ? undefined : standstill.lastIntent);
        return standstill;
      });
      await backfillGeneration(this.session, definition, number, lastIntent);
      return number;
    } catch (error) {
      await this.discard(definition.name, number).catch((reason: unknown) =>
        this.logger.warn(`could not drop ${definition.name} g${number} yet: ${String(reason)}`),
      );
      throw error;
    }
  }

  private async differences(definition: ReadModelDefinition, number: number): Promise<number> {
    const { differing, differences } = await certify({ session: this.session, gate: this.gate }, definition, number);
    for (const difference of differences.slice(0, 10)) this.logger.error(`${definition.name} g${number}: ${JSON.stringify(difference)}`);
    return differing;
  }

  private async dropUnfinished(name: string): Promise<void> {
    const isRead = this.definitions.some((definition) => definition.name === name);
    await this.session.run(`DROP TABLE IF EXISTS ${cloneOf(name)} SYNC`);
    const registered = (await this.registry.all()).filter(({ readModel }) => readModel === name);
    const existing = (await existingGenerations(this.session)).filter(({ readModel }) => readModel === name);
    for (const { number, state } of registered) {
      const isWhole = (state === 'active' || state === 'previous') && existing.some(({ generation }) => generation === number);
      if (!isRead || !isWhole) await this.discard(name, number);
    }
    for (const { generation } of existing) {
      if (!registered.some(({ number }) => number === generation)) await dropGeneration(this.session, name, generation);
    }
    if (!isRead && registered.length > 0) await this.session.run(`DROP VIEW IF EXISTS ${DATABASE}.${name}`);
  }

  private async dropRetired(name: string): Promise<void> {
    for (const { readModel, number, state } of await this.registry.all()) {
      if (readModel === name && state === 'retired') await this.discard(name, number);
    }
  }

  /** Tables first: a registration without tables is repaired at the next start, tables without a registration only cost space. */
  private async discard(readModel: string, number: number): Promise<void> {
    await this.registry.retire(readModel, number);
    await dropGeneration(this.session, readModel, number);
    await this.registry.dropped(readModel, number);
  }

  private async exclusively<T>(readModel: string, work: () => Promise<T>): Promise<T> {
    if (this.building.has(readModel)) throw busy(readModel);
    this.building.add(readModel);
    try {
      return await this.leases.ifFree(leaseOf(readModel), work);
    } catch (error) {
      throw error instanceof LeaseHeld ? busy(readModel) : error;
    } finally {
      this.building.delete(readModel);
    }
  }

  private definition(readModel: string): ReadModelDefinition {
    const definition = this.definitions.find(({ name }) => name === readModel);
    if (definition) return definition;
    const known = this.definitions.map(({ name }) => name).join(', ');
    throw new Refusal('read-model.unknown', 'not-found', `there is no read model ${readModel}: there are ${known}`, { readModel });
  }

  private async result(definition: ReadModelDefinition, from: number, to: number, started: number, certified: boolean): Promise<RebuildResult> {
    const [row] = await this.session.rows<{ rows: number }>(`SELECT toFloat64(count()) AS rows FROM ${tableOf(definition, to)}`);
    return { readModel: definition.name, from, to, rows: row?.rows ?? 0, seconds: Math.round(performance.now() - started) / 1000, certified };
  }
}

const busy = (readModel: string): Refusal =>
  new Refusal('read-model.busy', 'conflict', `${readModel} is being rebuilt or rolled back already`, { readModel });
