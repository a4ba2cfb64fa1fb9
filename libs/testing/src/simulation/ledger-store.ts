import { TABLE_SETTINGS } from '@adapters/read-store/src/ledger.js';

/** A row of the ledger, as far as anybody here looks at it. */
export interface LedgerRow {
  readonly context: string;
  readonly position: number;
  readonly type: string;
  readonly stream: string;
  readonly stream_version: number;
  readonly data: string;
  readonly digest: string;
  readonly intent: number;
}

/** Amounts by what they are amounts of: what an additive read model comes to. */
export type Sums = Map<string, bigint>;
export type Project = (row: LedgerRow) => Iterable<readonly [of: string, amount: bigint]>;

export interface View {
  readonly name: string;
  /** It takes in the rows of later intents only: those before were backfilled. */
  readonly afterIntent: number;
  readonly sums: Sums;
  /** Whether what landed before it was made has been filled in. */
  isComplete: boolean;
  /** Positions by context, each as often as it came. */
  readonly seen: Map<string, number>;
  readonly known: Set<string>;
}

const WINDOW = Number(/non_replicated_deduplication_window = (\d+)/.exec(TABLE_SETTINGS)![1]);
const SETTING = /(\w+)=('(?:[^'\\]|\\.)*'|[\d.]+)/g;

/**
 * ClickHouse as landing meets it. A block with a token goes into the ledger, and from there into the table of every view; each table passes over a
 * block whose token it remembers, and remembers so many. An insert that dies half way leaves its block in the ledger and not in some views. A
 * block that is split, an asynchronous insert, or a view without deduplication loses all of this: settings decide, as they do there.
 */
export class LedgerStore {
  readonly rows: LedgerRow[] = [];
  readonly views: View[] = [];
  private readonly known = new Set<string>();

  /** @param piece how many rows a parser that splits blocks reads at once: another number every time */
  constructor(
    private readonly project: Project,
    private readonly piece: () => number,
  ) {}

  /** Told of every row that is new to the ledger, in the order in which a reader finds them. */
  onRow: (row: LedgerRow) => void = () => undefined;

  /** Where the insert dies: before this one of the ledger and the views; null where it does not. */
  insert(target: string, rows: readonly LedgerRow[], diesBefore: (tables: number) => number | null): void {
    const settings = new Map([...target.matchAll(SETTING)].map(([, name, value]) => [name!, value!.replace(/^'|'$/g, '')]));
    const dies = diesBefore(this.views.length + 1);
    for (const { block, token } of this.blocks(rows, settings)) {
      if (dies === 0) throw new Dead();
      if (isNew(this.known, token)) for (const row of block) this.write(row);
      const viewToken = settings.get('deduplicate_blocks_in_dependent_materialized_views') === '1' ? token : null;
      for (const [index, view] of this.views.entries()) {
        if (dies === index + 1) throw new Dead();
        if (isNew(view.known, viewToken)) this.feed(view, block);
      }
    }
  }

  /** Makes a view, and fills it with what landed before: everything up to an intent. */
  createView(name: string, afterIntent: number): View {
    const view: View = { name, afterIntent, sums: new Map(), seen: new Map(), known: new Set(), isComplete: false };
    this.views.push(view);
    return view;
  }

  /** What landed before a view was made; none where it is gone. */
  backfill(name: string): void {
    const view = this.views.find((each) => each.name === name);
    if (!view || view.isComplete) return;
    for (const row of this.rows) if (row.intent <= view.afterIntent) this.add(view, row);
    view.isComplete = true;
  }

  private *blocks(
    rows: readonly LedgerRow[],
    settings: ReadonlyMap<string, string>,
  ): Generator<{ block: readonly LedgerRow[]; token: string | null }> {
    const isRemembered = settings.get('async_insert') === '0' && settings.get('insert_deduplicate') === '1' && WINDOW > 0;
    const token = isRemembered ? (settings.get('insert_deduplication_token') ?? null) : null;
    const isSplit = settings.get('input_format_parallel_parsing') !== '0';
    const size = isSplit ? this.piece() : Math.max(1, Number(settings.get('max_insert_block_size') ?? 1));
    for (let start = 0; start < rows.length; start += size) {
      yield { block: rows.slice(start, start + size), token: token && (start === 0 ? token : `${token}_${start}`) };
    }
  }

  private write(row: LedgerRow): void {
    this.rows.push(row);
    this.onRow(row);
  }

  private feed(view: View, block: readonly LedgerRow[]): void {
    for (const row of block) if (row.intent > view.afterIntent) this.add(view, row);
  }

  private add(view: View, row: LedgerRow): void {
    const place = `${row.context}/${row.position}`;
    view.seen.set(place, (view.seen.get(place) ?? 0) + 1);
    for (const [of, amount] of this.project(row)) view.sums.set(of, (view.sums.get(of) ?? 0n) + amount);
  }
}

/** The server, or the connection, is gone in the middle of an insert. */
export class Dead extends Error {}

/** Whether a table has not had a block yet, which it remembers from here on, as long as it remembers blocks. */
function isNew(known: Set<string>, token: string | null): boolean {
  if (token === null) return true;
  if (known.has(token)) return false;
  known.add(token);
  if (known.size > WINDOW) known.delete(known.values().next().value!);
  return true;
}
