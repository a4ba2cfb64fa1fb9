import { Logger } from '@nestjs/common';
import { ReadModels, type GenerationState, type RebuildResult } from '@kernel/ports/read-store.js';
import type { ReadModelDefinition } from '@kernel/read-model.js';
import { Refusal } from '@kernel/refusal.js';
import { projectionProof } from '../audit/projection-proof.js';
import type { ClickHouseSession } from '../clickhouse.js';
import { DATABASE } from '../clickhouse.js';
import type { Gate } from '../landing/gate.js';
import { LEDGER } from '../ledger.js';
import { rebuildSeconds } from '../metrics.js';
import type { GenerationRegistry, RegisteredGeneration } from './generation-registry.js';
import { backfillGeneration, createGeneration, definitionHash, dropGeneration, existingGenerations, flipView, tableOf } from './generation-tables.js';

/** Where a generation holds still while it is certified. */
const cloneOf = (readModel: string): string => `${DATABASE}.certify__${readModel}`;

/** Read models as generations: tables that are made, filled, certified and flipped to, and never changed. */
export class Generations extends ReadModels {
  private readonly logger = new Logger(Generations.name);
  private readonly building = new Set<string>();

  constructor(
    readonly definitions: readonly ReadModelDefinition[],
    private readonly session: ClickHouseSession,
    private readonly registry: GenerationRegistry,
    private readonly gate: Gate,
  ) {
    super();
  }

  /** Drops what a crash left unfinished, and gives every read model of this release an active generation of its very SQL. */
  async start(): Promise<void> {
    await this.dropUnfinished();
    const generations = await this.registry.all();
    for (const definition of this.definitions) {
      const active = generations.find(({ readModel, state }) => readModel === definition.name && state === 'active');
      if (active && active.definitionHash === definitionHash(definition)) await flipView(this.session, definition, active.number);
      else if (!(await this.build(definition)).certified) {
        throw new Error(`generation of ${definition.name} is not what its SQL makes of the ledger; the log above names where`);
      }
    }
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
    return this.build(this.definition(readModel));
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

  private build(definition: ReadModelDefinition): Promise<RebuildResult> {
    return this.exclusively(definition.name, async () => {
      const started = performance.now();
      const before = (await this.registry.all()).find(({ readModel, state }) => readModel === definition.name && state === 'active');
      const number = await this.fill(definition);
      if ((await this.differences(definition, number)) > 0) {
        const refused = await this.result(definition, before?.number ?? 0, number, started, false);
        await this.discard(definition.name, number);
        return refused;
      }
      await this.registry.activate(definition.name, number);
      await flipView(this.session, definition, number);
      await this.dropRetired();
      rebuildSeconds.record((performance.now() - started) / 1000, { read_model: definition.name });
      return this.result(definition, before?.number ?? 0, number, started, true);
    });
  }

  /** Makes a generation that has everything: up to the standstill's last intent by backfill, every later one by its views. */
  private async fill(definition: ReadModelDefinition): Promise<number> {
    const used = (await existingGenerations(this.session))
      .filter(({ readModel }) => readModel === definition.name)
      .map(({ generation }) => generation);
    const number = await this.registry.begin(definition.name, definitionHash(definition), Math.max(0, ...used));
    try {
      const { lastIntent } = await this.gate.whileClosed(async (standstill) => {
        await createGeneration(this.session, definition, number);
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

  /** Where a generation differs from its own SQL over the ledger, both taken at one standstill. */
  private async differences(definition: ReadModelDefinition, number: number): Promise<number> {
    const clone = cloneOf(definition.name);
    await this.session.run(`DROP TABLE IF EXISTS ${clone} SYNC`);
    const { lastIntent } = await this.gate.whileClosed(async (standstill) => {
      await this.session.run(`CREATE TABLE ${clone} CLONE AS ${tableOf(definition, number)}`);
      return standstill;
    });
    try {
      // The ledger only grows: what landed up to the standstill needs no clone.
      const { differing, differences } = await projectionProof(this.session, definition, {
        table: clone,
        ledger: `(SELECT * FROM ${LEDGER} WHERE intent <= ${lastIntent})`,
      });
      for (const difference of differences.slice(0, 10)) this.logger.error(`${definition.name} g${number}: ${JSON.stringify(difference)}`);
      return differing;
    } finally {
      await this.session.run(`DROP TABLE IF EXISTS ${clone} SYNC`);
    }
  }

  private async dropUnfinished(): Promise<void> {
    for (const { name } of this.definitions) await this.session.run(`DROP TABLE IF EXISTS ${cloneOf(name)} SYNC`);
    const registered = await this.registry.all();
    const existing = await existingGenerations(this.session);
    const known = ({ readModel, state }: RegisteredGeneration) =>
      (state === 'active' || state === 'previous') && this.definitions.some(({ name }) => name === readModel);
    for (const generation of registered) {
      const isThere = existing.some((found) => found.readModel === generation.readModel && found.generation === generation.number);
      if (!known(generation) || !isThere) await this.discard(generation.readModel, generation.number);
    }
    for (const { readModel, generation } of existing) {
      if (registered.some((row) => row.readModel === readModel && row.number === generation)) continue;
      await dropGeneration(this.session, readModel, generation);
    }
    for (const removed of new Set(registered.map(({ readModel }) => readModel))) {
      if (!this.definitions.some(({ name }) => name === removed)) await this.session.run(`DROP VIEW IF EXISTS ${DATABASE}.${removed}`);
    }
  }

  private async dropRetired(): Promise<void> {
    for (const { readModel, number, state } of await this.registry.all()) if (state === 'retired') await this.discard(readModel, number);
  }

  /** Tables first: a registration without tables is repaired at the next start, tables without a registration only cost space. */
  private async discard(readModel: string, number: number): Promise<void> {
    await this.registry.retire(readModel, number);
    await dropGeneration(this.session, readModel, number);
    await this.registry.dropped(readModel, number);
  }

  private async exclusively<T>(readModel: string, work: () => Promise<T>): Promise<T> {
    if (this.building.has(readModel))
      throw new Refusal('read-model.busy', 'conflict', `${readModel} is being rebuilt or rolled back already`, { readModel });
    this.building.add(readModel);
    try {
      return await work();
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
