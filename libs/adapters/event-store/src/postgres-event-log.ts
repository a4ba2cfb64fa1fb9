import type { LoggedEvent } from '@kernel/event.js';
import { EventLog } from '@kernel/ports/event-store.js';
import type { ContextDatabase } from './context-database.js';
import { EVENT_COLUMNS, toLoggedEvent, type LogRow } from './event-row.js';
import type { LogSignal } from './log-signal.js';

/** Reads one context's log by its dense positions. */
export class PostgresEventLog extends EventLog {
  readonly context: string;

  constructor(
    private readonly database: ContextDatabase,
    private readonly signal: LogSignal,
  ) {
    super();
    this.context = database.context;
  }

  async readAfter(after: number, limit: number): Promise<LoggedEvent[]> {
    const rows = await this.database.query<LogRow>(
      {
        name: `${this.context}.read-after`,
        text: `select l.position, (extract(epoch from l.sequenced_at) * 1000)::float8 as sequenced_ms, ${EVENT_COLUMNS}
               from ${this.context}.event_log l join ${this.context}.event e on e.id = l.event_id
               where l.position > $1 and l.position <= $1 + $2 order by l.position`,
      },
      [after, limit],
    );
    return rows.map(toLoggedEvent);
  }

  async head(): Promise<number> {
    return this.one(`head`, `select position as n from ${this.context}.sequencer`, []);
  }

  async positionOf(eventId: string): Promise<number | null> {
    const [row] = await this.database.query<{ n: string }>(
      { name: `${this.context}.position-of`, text: `select position as n from ${this.context}.event_log where event_id = $1` },
      [eventId],
    );
    return row ? Number(row.n) : null;
  }

  async positionAt(instant: string): Promise<number> {
    return this.one(`position-at`, `select coalesce(max(position), 0) as n from ${this.context}.event_log where sequenced_at <= $1`, [instant]);
  }

  onAdvance(listener: () => void): () => void {
    return this.signal.listen(listener);
  }

  private async one(name: string, text: string, values: unknown[]): Promise<number> {
    const [row] = await this.database.query<{ n: string }>({ name: `${this.context}.${name}`, text }, values);
    return Number(row!.n);
  }
}
