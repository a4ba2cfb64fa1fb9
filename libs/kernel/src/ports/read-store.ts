/** Values for `{name:Type}` placeholders of ClickHouse's SQL. */
export type QueryParameters = Readonly<Record<string, unknown>>;

/** Analysts' questions to the read models. Every question is bounded in time. */
export abstract class ReadStore {
  /**
   * The rows of a SELECT, with 64-bit integers as strings unless the SQL casts them down.
   * @throws Refusal `analytics.too-expensive` when the question runs out of its time.
   */
  abstract rows<Row extends object>(sql: string, parameters?: QueryParameters): Promise<Row[]>;

  /** What to put behind FROM for a read model: its view, or its state as of a position of one context. @throws Refusal for an unknown name. */
  abstract source(readModel: string, asOf?: { context: string; position: number }): string;

  /** What to put behind FROM for every event that has landed, of every context, with the columns of an event in snake_case. */
  abstract ledger(): string;
}

/** One generation of a read model. */
export interface GenerationState {
  readonly readModel: string;
  readonly generation: number;
  /** `active` answers queries, `previous` is kept for roll-back, `building` is not certified yet. */
  readonly state: 'building' | 'active' | 'previous';
  readonly createdAt: string;
}

export interface RebuildResult {
  readonly readModel: string;
  readonly from: number;
  readonly to: number;
  /** Rows of the new generation. */
  readonly rows: number;
  readonly seconds: number;
  readonly certified: boolean;
}

/** Generations of the read models, as an operator handles them. */
export abstract class ReadModels {
  abstract list(): Promise<GenerationState[]>;
  /** Makes the next generation while events come in, certifies it and flips to it. @throws Refusal for an unknown name or a rebuild in progress. */
  abstract rebuild(readModel: string): Promise<RebuildResult>;
  /** Flips back to the generation before. @throws Refusal `read-model.no-previous` when there is none. */
  abstract rollback(readModel: string): Promise<RebuildResult>;
}

/** One place where two sides that must agree do not. */
export interface Difference {
  /** What differs: a position, a read model's key, or a measure. */
  readonly key: string;
  readonly reason: string;
  readonly expected?: string;
  readonly actual?: string;
}

export interface Proof {
  readonly name: 'ledger-is-the-log' | 'read-models-are-their-sql' | 'control-totals';
  readonly equal: boolean;
  /** How many things were compared: events, rows or totals. */
  readonly checked: number;
  /** At most 100; `differing` has the whole count. */
  readonly differences: readonly Difference[];
  readonly differing: number;
}

/** Whether every figure can be proved against the events, at one watermark per context. */
export interface Certificate {
  readonly equal: boolean;
  /** context -> position that was audited */
  readonly at: Readonly<Record<string, number>>;
  readonly proofs: readonly Proof[];
  readonly events: number;
  readonly seconds: number;
}

export abstract class Auditor {
  /** Runs the three proofs while events come in. @throws Refusal `audit.in-progress` when one is running. */
  abstract audit(): Promise<Certificate>;
}
