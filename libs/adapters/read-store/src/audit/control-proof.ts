import { canonical, isTotal } from '@kernel/money.js';
import type { Difference } from '@kernel/ports/read-store.js';
import type { ControlTotal } from '@kernel/read-model.js';
import type { ClickHouseSession } from '../clickhouse.js';
import { composed, type ReadSideDatabase } from '../databases.js';
import { NAMED_DIFFERENCES, type Comparison } from './projection-proof.js';

export interface ControlSources {
  readonly session: ClickHouseSession;
  /** The read model's rows, holding still. */
  readonly readModel: string;
  readonly database: ReadSideDatabase;
  /** The watermark of the control's context. */
  readonly position: number;
}

interface Measure {
  measure: string;
  value: string;
}

/** Decimals compare as numbers do: 2.5 is 2.5000. */
const comparable = (value: string): string => (isTotal(value) ? canonical(value) : value);
const byMeasure = (rows: readonly Measure[]): Map<string, string> => new Map(rows.map(({ measure, value }) => [measure, comparable(value)]));

/** Whether a read model's totals are those of the events in Postgres, counted by code that knows nothing of the projection. */
export async function controlProof(control: ControlTotal, sources: ControlSources): Promise<Comparison> {
  const [events, readModel] = await Promise.all([totalsOfEvents(control, sources), totalsOfReadModel(control, sources)]);
  const measures = [...new Set([...events.keys(), ...readModel.keys()])].sort();
  const zero = comparable('0');
  const differences: Difference[] = [];
  for (const measure of measures) {
    const expected = events.get(measure) ?? zero;
    const actual = readModel.get(measure) ?? zero;
    if (expected !== actual)
      differences.push({ key: `${control.name} ${measure}`, reason: 'control total differs from the read model', expected, actual });
  }
  return { checked: measures.length, differing: differences.length, differences: differences.slice(0, NAMED_DIFFERENCES) };
}

async function totalsOfEvents({ context, fromEvents }: ControlTotal, { database, position }: ControlSources): Promise<Map<string, string>> {
  // Data that is no JSON counts nothing here; the first proof names it.
  const rows = await composed<Measure>(
    `WITH events AS MATERIALIZED (
       SELECT l.position, e.type, CASE WHEN pg_input_is_valid(e.data, 'jsonb') THEN e.data::jsonb END AS data
       FROM ${context}.event_log l JOIN ${context}.event e ON e.id = l.event_id WHERE l.position <= $1)
     SELECT measure::text AS measure, value::text AS value FROM (${fromEvents}) AS totals`,
    [position],
  ).execute(database);
  return byMeasure(rows);
}

async function totalsOfReadModel({ fromReadModel }: ControlTotal, { session, readModel }: ControlSources): Promise<Map<string, string>> {
  return byMeasure(await session.rows<Measure>(`SELECT toString(measure) AS measure, toString(value) AS value FROM (${fromReadModel(readModel)})`));
}
