import { Auditor, type Certificate, type Difference, type Proof } from '@kernel/ports/read-store.js';
import type { ControlTotal, ReadModelDefinition } from '@kernel/read-model.js';
import { Refusal } from '@kernel/refusal.js';
import { DATABASE, type ClickHouseSession } from '../clickhouse.js';
import { unmadeOf } from '../clickhouse-away.js';
import type { ReadSideDatabases } from '../databases.js';
import type { Generations } from '../generations/generations.js';
import { asOfSql } from '../generations/as-of.js';
import type { Gate } from '../landing/gate.js';
import { LEDGER, PROJECTION_ERRORS } from '../ledger.js';
import { LeaseHeld, type Leases } from '../leases.js';
import { proofSeconds } from '../metrics.js';
import { controlProof } from './control-proof.js';
import { ledgerProof } from './ledger-proof.js';
import { NAMED_DIFFERENCES, projectionProof, type Comparison } from './projection-proof.js';

/** One audit at a time, in whatever process: its clones have fixed names. */
const LEASE = 'audit';
const CLONE = 'audit__';
const LEDGER_CLONE = `${DATABASE}.${CLONE}events`;

interface ClonedModel {
  readonly definition: ReadModelDefinition;
  readonly generation: number;
  readonly clone: string;
}

/** Everything as it stood at one watermark a context. */
interface Snapshot {
  readonly watermarks: ReadonlyMap<string, number>;
  /** context -> last position that has landed, by a partition that is ahead of the watermark */
  readonly furthest: ReadonlyMap<string, number>;
  readonly models: readonly ClonedModel[];
}

export interface AuditorParts {
  readonly session: ClickHouseSession;
  readonly databases: ReadSideDatabases;
  readonly contexts: readonly string[];
  readonly generations: Generations;
  readonly gate: Gate;
  readonly leases: Leases;
  readonly controls: readonly ControlTotal[];
}

/** The certificate: a chain of three proofs from the analysts' figures back to the events. */
export class CertificateAuditor extends Auditor {
  private running = false;

  constructor(private readonly parts: AuditorParts) {
    super();
  }

  async audit(): Promise<Certificate> {
    if (this.running) throw inProgress();
    this.running = true;
    try {
      return await this.parts.leases.ifFree(LEASE, () => this.certify());
    } catch (error) {
      // A generation may be given up while it is read.
      throw error instanceof LeaseHeld ? inProgress() : (unmadeOf(error) ?? error);
    } finally {
      this.running = false;
    }
  }

  /** Drops what an audit that was cut short left behind, unless one is running in another process. */
  async tidy(): Promise<void> {
    try {
      await this.parts.leases.ifFree(LEASE, () => this.dropClones());
    } catch (error) {
      if (!(error instanceof LeaseHeld)) throw error;
    }
  }

  private async dropClones(): Promise<void> {
    const { session } = this.parts;
    const tables = await session.rows<{ name: string }>(
      `SELECT name FROM system.tables WHERE database = '${DATABASE}' AND startsWith(name, '${CLONE}')`,
    );
    for (const { name } of tables) await session.run(`DROP TABLE IF EXISTS ${DATABASE}.${name} SYNC`);
  }

  private async certify(): Promise<Certificate> {
    const started = performance.now();
    await this.dropClones();
    const snapshot = await this.snapshot();
    try {
      const proofs = [
        await timed('ledger-is-the-log', () => this.proveLedger(snapshot)),
        await timed('read-models-are-their-sql', () => this.proveReadModels(snapshot)),
        await timed('control-totals', () => this.proveControls(snapshot)),
      ];
      return {
        equal: proofs.every(({ equal }) => equal),
        at: Object.fromEntries(snapshot.watermarks),
        proofs,
        events: proofs[0]!.checked,
        seconds: Math.round(performance.now() - started) / 1000,
      };
    } finally {
      await this.dropClones();
    }
  }

  /** Clones the ledger and every active generation while nothing lands; cloning takes milliseconds whatever the size. */
  private async snapshot(): Promise<Snapshot> {
    const { session, generations, gate, contexts } = this.parts;
    return gate.whileClosed(async ({ watermarks, furthest }) => {
      await session.run(`CREATE TABLE ${LEDGER_CLONE} CLONE AS ${LEDGER}`);
      const models: ClonedModel[] = [];
      for (const { definition, generation, table } of (await generations.activeTables()).values()) {
        const clone = `${DATABASE}.${CLONE}${definition.name}`;
        await session.run(`CREATE TABLE ${clone} CLONE AS ${table}`);
        models.push({ definition, generation, clone });
      }
      return { watermarks: new Map(contexts.map((context) => [context, watermarks.get(context) ?? 0])), furthest, models };
    });
  }

  /** Rows of partitions that are ahead of the watermark are not missing anything, but not to be proved yet; rows beyond those have no business there. */
  private async proveLedger({ watermarks, furthest }: Snapshot): Promise<Comparison> {
    const { session, databases } = this.parts;
    const comparisons: Comparison[] = [];
    for (const [context, position] of watermarks) {
      const ahead = furthest.get(context) ?? 0;
      const ledger =
        ahead > position
          ? `(SELECT * FROM ${LEDGER_CLONE} WHERE NOT (context = '${context}' AND position > ${position} AND position <= ${ahead}))`
          : LEDGER_CLONE;
      comparisons.push(await ledgerProof({ session, ledger, database: databases.get(context), context, position }));
    }
    return together(comparisons);
  }

  private async proveReadModels({ models }: Snapshot): Promise<Comparison> {
    const { session } = this.parts;
    const comparisons: Comparison[] = [];
    for (const { definition, generation, clone } of models) {
      comparisons.push(await projectionProof(session, definition, { table: clone, ledger: LEDGER_CLONE }));
      comparisons.push(await this.unreadable(definition, generation));
    }
    return together(comparisons);
  }

  /** An event that a projection could not read is missing in its figures, which is no less wrong for being agreed upon. */
  private async unreadable({ name }: ReadModelDefinition, generation: number): Promise<Comparison> {
    const rows = await this.parts.session.rows<{ context: string; at: string; type: string; reason: string }>(
      `SELECT DISTINCT context, toString(position) AS at, type, reason FROM ${PROJECTION_ERRORS}
       WHERE read_model = {name:String} AND generation = {generation:UInt32} ORDER BY ALL`,
      { name, generation },
    );
    const differences = rows.map(({ context, at, type, reason }): Difference => ({
      key: `${name} ${context} position ${at}`,
      reason: `the projection cannot read ${type}: ${reason}`,
    }));
    return { checked: 0, differing: differences.length, differences };
  }

  private async proveControls(snapshot: Snapshot): Promise<Comparison> {
    const { session, databases, controls } = this.parts;
    const comparisons: Comparison[] = [];
    for (const control of controls) {
      const model = snapshot.models.find(({ definition }) => definition.name === control.readModel);
      if (!model) throw notMade(control.readModel);
      const position = snapshot.watermarks.get(control.context) ?? 0;
      const readModel = atWatermarks(model, snapshot);
      comparisons.push(await controlProof(control, { session, readModel, database: databases.get(control.context), position }));
    }
    return together(comparisons);
  }
}

/**
 * A read model's rows of exactly what the watermarks cover. Where partitions are ahead of one, what follows its last closed segment is made from the
 * ledger by the read model's own SQL, which the second proof has tied to its rows.
 */
function atWatermarks({ definition, clone }: ClonedModel, { watermarks, furthest }: Snapshot): string {
  const isAhead = (context: string) => (furthest.get(context) ?? 0) > (watermarks.get(context) ?? 0);
  if (!definition.contexts.some(isAhead)) return clone;
  const states = definition.contexts.map((context) =>
    asOfSql(definition, { context, position: watermarks.get(context) ?? 0, table: clone, ledger: LEDGER_CLONE }),
  );
  return `(${states.map((state) => `SELECT * FROM ${state}`).join(' UNION ALL ')})`;
}

/** Whoever asks may be there before the projector has made what this release answers from. */
const notMade = (readModel: string): Refusal =>
  new Refusal('analytics.unavailable', 'unavailable', `The read model ${readModel} has not been made yet: try again shortly`, {
    retryAfterSeconds: 1,
  });

const inProgress = (): Refusal => new Refusal('audit.in-progress', 'conflict', 'an audit is running already; ask again when it is done');

const together = (comparisons: readonly Comparison[]): Comparison => ({
  checked: comparisons.reduce((sum, { checked }) => sum + checked, 0),
  differing: comparisons.reduce((sum, { differing }) => sum + differing, 0),
  differences: comparisons.flatMap(({ differences }) => differences).slice(0, NAMED_DIFFERENCES),
});

async function timed(name: Proof['name'], prove: () => Promise<Comparison>): Promise<Proof> {
  const started = performance.now();
  const comparison = await prove();
  proofSeconds.record((performance.now() - started) / 1000, { proof: name });
  return { name, equal: comparison.differing === 0, ...comparison };
}
