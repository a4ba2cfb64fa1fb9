import type { InlineRow } from '@kernel/ports/event-store.js';
import type { SagaKey } from '@kernel/ports/saga-writes.js';
import { sagaStream } from '@kernel/saga.js';
import type { ContextDatabase } from '../context-database.js';

/**
 * A saga whose one parked message would have begun it is listed as failed, for somebody to see it. When that message is given up, nothing is left to
 * be done: the row that says so.
 */
export async function unbegunSaga(database: ContextDatabase, key: SagaKey & { readonly behind: number }): Promise<InlineRow[]> {
  const { context } = database;
  // What waits behind it settles the row when it goes on.
  if (key.behind > 0) return [];
  const [row] = await database.query<{ started_ms: number; now_ms: number }>(
    {
      name: `${context}.dead-letters.unbegun`,
      text: `select (extract(epoch from started_at) * 1000)::float8 as started_ms, (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
        from ${context}.saga where saga = $1 and id = $2 and version = 0`,
    },
    [key.saga, key.sagaId],
  );
  if (!row) return [];
  const times = { started_at: instant(row.started_ms), moved_at: instant(row.now_ms) };
  const own = { stream: sagaStream(key.saga, key.sagaId), saga: key.saga, id: key.sagaId };
  return [{ table: 'saga', key: 'stream', row: { ...own, status: 'ended', step: 'not-begun', outcome: 'ignored', ...times, version: 0 } }];
}

const instant = (ms: number): string => new Date(Number(ms)).toISOString();
