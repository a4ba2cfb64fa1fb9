import { createHash, randomUUID } from 'node:crypto';
import type { LoggedEvent } from '@kernel/event.js';
import { EventLog, EventStores, type EventStore } from '@kernel/ports/event-store.js';

export interface RecordedEvent {
  readonly type: string;
  readonly stream: string;
  readonly data: unknown;
  readonly occurredAt?: string;
  readonly traceparent?: string;
}

/** The digest that the event store keeps with every event, computed the same way. */
function digestOf(event: Omit<LoggedEvent, 'digest' | 'position' | 'sequencedAt'>): string {
  const fields = [
    event.id,
    event.type,
    event.version,
    event.stream,
    event.streamVersion,
    Date.parse(event.occurredAt),
    Date.parse(event.recordedAt),
    event.actor ?? '',
    event.correlationId,
    event.causationId ?? '',
    event.traceparent ?? '',
    event.data,
  ];
  return createHash('md5').update(fields.join('\u001f')).digest('hex');
}

/** A context's log in memory, for tests of what follows a log. */
export class MemoryLog extends EventLog {
  readonly events: LoggedEvent[] = [];
  private readonly versions = new Map<string, number>();
  private readonly listeners = new Set<() => void>();

  /** @param newId for tests that are to come out the same every time */
  constructor(
    readonly context: string,
    private readonly newId: () => string = randomUUID,
  ) {
    super();
  }

  append(...recorded: RecordedEvent[]): LoggedEvent[] {
    const added = recorded.map((event) => this.log(event));
    for (const listener of this.listeners) listener();
    return added;
  }

  private log({ type, stream, data, occurredAt, traceparent }: RecordedEvent): LoggedEvent {
    const streamVersion = (this.versions.get(stream) ?? 0) + 1;
    this.versions.set(stream, streamVersion);
    const now = new Date().toISOString();
    const event = {
      id: this.newId(),
      type,
      version: 1,
      stream,
      streamVersion,
      occurredAt: occurredAt ?? now,
      recordedAt: now,
      actor: null,
      correlationId: this.newId(),
      causationId: null,
      traceparent: traceparent ?? null,
      data: JSON.stringify(data),
    };
    const logged: LoggedEvent = { ...event, digest: digestOf(event), position: this.events.length + 1, sequencedAt: now };
    this.events.push(logged);
    return logged;
  }

  async readAfter(after: number, limit: number): Promise<LoggedEvent[]> {
    return this.events.slice(after, after + limit);
  }

  async head(): Promise<number> {
    return this.events.length;
  }

  async positionOf(eventId: string): Promise<number | null> {
    return this.events.find((event) => event.id === eventId)?.position ?? null;
  }

  async positionAt(instant: string): Promise<number> {
    return this.events.findLast((event) => event.sequencedAt <= instant)?.position ?? 0;
  }

  onAdvance(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** Logs in memory by context; there is no store to append commands to. */
export class MemoryLogs extends EventStores {
  private readonly logs: Map<string, MemoryLog>;

  constructor(...logs: (string | MemoryLog)[]) {
    super();
    this.logs = new Map(logs.map((log) => (typeof log === 'string' ? [log, new MemoryLog(log)] : [log.context, log])));
  }

  log(context: string): MemoryLog {
    const log = this.logs.get(context);
    if (!log) throw new Error(`no log for context ${context}`);
    return log;
  }

  store(context: string): EventStore {
    throw new Error(`the log of ${context} is in memory and takes no appends of commands`);
  }

  contexts(): readonly string[] {
    return [...this.logs.keys()];
  }
}
