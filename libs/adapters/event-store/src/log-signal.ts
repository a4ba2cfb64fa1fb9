import { Client } from 'pg';
import type { Connection } from './connection.js';

const RECONNECT_MS = 1_000;

/**
 * LISTENs for the sequencer's NOTIFY, on one connection that is opened with the first listener.
 * A lost connection costs readers nothing but speed, since they poll as well; it is opened again.
 */
export class LogSignal {
  private readonly listeners = new Set<(payload: string) => void>();
  private client: Client | null = null;
  private retry: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(
    private readonly connection: Connection,
    private readonly channel: string,
  ) {}

  /** @param listener is given the notification's payload */
  listen(listener: (payload: string) => void): () => void {
    this.listeners.add(listener);
    if (!this.client && !this.retry) void this.connect();
    return () => this.listeners.delete(listener);
  }

  private async connect(): Promise<void> {
    this.retry = null;
    const client = new Client({ ...this.connection, application_name: `nebulocart-${this.channel}`, keepAlive: true });
    this.client = client;
    client.on('notification', ({ payload }) => this.listeners.forEach((listener) => listener(payload ?? '')));
    client.on('error', () => this.reconnect(client));
    client.on('end', () => this.reconnect(client));
    try {
      await client.connect();
      await client.query(`listen ${this.channel}`);
    } catch {
      this.reconnect(client);
    }
  }

  private reconnect(client: Client): void {
    if (this.closed || this.client !== client) return;
    this.client = null;
    this.retry = setTimeout(() => void this.connect(), RECONNECT_MS);
    this.retry.unref();
    client.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.retry) clearTimeout(this.retry);
    await this.client?.end().catch(() => undefined);
  }
}

/** The channel on which a context's sequencer tells that positions were given. */
export const logChannel = (context: string): string => `${context}_log`;
