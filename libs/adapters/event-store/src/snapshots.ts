import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Loaded, SnapshotOptions } from '@kernel/ports/aggregates.js';
import type { InlineRow, SnapshotRead, StoredSnapshot } from '@kernel/ports/event-store.js';
import { EVENT_COLUMNS, toStoredEvent, type EventRow } from './event-row.js';
import type { NamedStatement } from './context-database.js';

/** The snapshots of one kind of aggregate: what they look like, when they are taken, and which of the stored ones count. */
export class Snapshots<State> {
  /** Digest of the form of the initial state and the revision: a snapshot of another shape does not count. */
  readonly shape: string;

  /** @throws Error where a state would not come back from a snapshot as it was */
  constructor(
    initial: State,
    private readonly options: SnapshotOptions,
  ) {
    const { every, revision } = options;
    if (!(Number.isInteger(every) && every > 0)) throw new Error(`a snapshot every ${every} events: it must be a whole number above zero`);
    exactState('the initial state', initial);
    this.shape = hash('md5', JSON.stringify([revision, formOf(initial)]));
  }

  /**
   * The row that an append leaves behind, where it passes a multiple of `every`. It travels in the append's own statement, so there is never a
   * snapshot of a version that was not committed.
   * @throws Error at any append whose state would not come back as it was, not at the one in a hundred that takes a snapshot
   */
  after(stream: string, before: number, version: number, state: State): InlineRow[] {
    const text = exactState(stream, state);
    if (Math.floor(version / this.options.every) === Math.floor(before / this.options.every)) return [];
    const digest = digestOf(stream, version, this.shape, text);
    // `now` is Postgres' word for the transaction's own instant.
    return [{ table: 'snapshot', key: 'stream_id', row: { stream_id: stream, version, shape: this.shape, state: text, digest, taken_at: 'now' } }];
  }

  /** What a stored snapshot holds, or undefined where it is not what was stored: the events are the truth, and they tell all of it. */
  open(stream: string, { version, state, digest }: StoredSnapshot): Loaded<State> | undefined {
    return digest === digestOf(stream, version, this.shape, state) ? { state: JSON.parse(state) as State, version } : undefined;
  }
}

const digestOf = (stream: string, version: number, shape: string, state: string): string => hash('md5', [stream, version, shape, state].join('\x1f'));

/** The form of a value: its keys and the types under them, whatever the values are. */
function formOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.map(formOf);
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, formOf(each)]),
  );
}

/** The state as JSON from which it comes back as it is. @throws Error where it does not */
function exactState(what: string, state: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(state);
    if (text !== undefined && isDeepStrictEqual(JSON.parse(text), state)) return text;
  } catch {
    // A bigint, or a circle.
  }
  throw new Error(`${what} cannot be kept as a snapshot: it holds what JSON does not (undefined, a bigint, NaN, -0, a date, a map or a class)`);
}

/**
 * Newest snapshots of a shape with the events after them: $1 streams, $2 shape. One statement, hence one view of the database: the events go on
 * exactly where the snapshot ends. A snapshot whose event is not stored does not count, and neither does one of another shape.
 */
export const readSinceSnapshots = (schema: string): NamedStatement => ({
  name: `${schema}.read-since-snapshots`,
  text: `with wanted as materialized (
    select w.stream_id, s.version, s.state, s.digest
    from unnest($1::text[]) as w(stream_id)
    left join ${schema}.snapshot s on s.stream_id = w.stream_id and s.shape = $2
      and exists (select from ${schema}.event last where last.stream_id = s.stream_id and last.stream_version = s.version)
  )
  select w.stream_id as wanted, w.version as snapshot_version, w.digest as snapshot_digest,
    -- With the first row only, or every event would bring the state along.
    case when e.stream_version is null or e.stream_version = w.version + 1 then w.state end as snapshot_state, e.*
  from wanted w
  left join lateral (
    select ${EVENT_COLUMNS} from ${schema}.event e where e.stream_id = w.stream_id and e.stream_version > coalesce(w.version, 0)
  ) e on true
  order by w.stream_id, e.stream_version`,
});

type NoEvent = { readonly [Column in keyof EventRow]: null };
export type SnapshotRow = (EventRow | NoEvent) & {
  readonly wanted: string;
  readonly snapshot_version: number | null;
  readonly snapshot_digest: string | null;
  readonly snapshot_state: string | null;
};

/** What {@link readSinceSnapshots} found, by stream. */
export function toSnapshotReads(rows: readonly SnapshotRow[]): Map<string, SnapshotRead> {
  return new Map(
    [...Map.groupBy(rows, ({ wanted }) => wanted)].map(([stream, found]) => {
      const { snapshot_version: version, snapshot_digest: digest, snapshot_state: state } = found[0]!;
      const snapshot = version === null ? null : { version, digest: digest!, state: state! };
      return [stream, { snapshot, events: found.filter((row) => row.id !== null).map((row) => toStoredEvent(row)) }];
    }),
  );
}
