/** Positions in one segment: the unit in which closed parts of a read model or of the ledger are audited once. */
export const SEGMENT = 65_536;

/**
 * A read model as a pure blueprint: which exact sums it keeps by which keys, and the SQL that makes them from the ledger of events.
 * Only sums of integers and decimals are allowed, so that any order of events, and any merge, gives the same figures.
 */
export interface ReadModelDefinition {
  /** snake_case; the name of the view that queries read. */
  readonly name: string;
  /** Contexts whose events it reads; their positions are its freshness. */
  readonly contexts: readonly string[];
  /** Key columns with their ClickHouse types, in sorting order. */
  readonly keys: Readonly<Record<string, string>>;
  /** Summed columns with their ClickHouse types: integers or decimals. */
  readonly sums: Readonly<Record<string, string>>;
  /**
   * The projection: one SELECT without grouping over `source` (a table with the ledger's columns) that gives `context`, `position`, every
   * key and every sum. It must be total: an event that it cannot read gives no row, and a row of `unreadableSql` instead.
   */
  readonly projectionSql: (source: string) => string;
  /** The events that the projection cannot read: `context`, `position`, `id`, `type`, `reason`, `intent`. */
  readonly unreadableSql: (source: string) => string;
}

/**
 * One family of control totals: figures that are computed twice, from the events in Postgres and from a read model, by code that shares nothing.
 * Both sides give rows of (measure text, value numeric text); a measure that one side lacks counts as zero.
 */
export interface ControlTotal {
  readonly name: string;
  readonly context: string;
  readonly readModel: string;
  /**
   * Over a relation `events(position, type, data jsonb)` of the context up to the audited position: a SELECT of `measure` and `value`
   * in Postgres' SQL.
   */
  readonly fromEvents: string;
  /** A SELECT of `measure` and `value` in ClickHouse's SQL over `source`, a table with the read model's columns. */
  readonly fromReadModel: (source: string) => string;
}
