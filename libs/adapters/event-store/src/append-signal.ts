import type { ContextDatabase } from './context-database.js';

/** Between two signals, ms: each takes a lock that every commit of the server waits for, and a sequencer polls in such steps anyway. */
const QUIET_MS = 50;

/** Tells the sequencer, which runs in another process, that something was appended: after the commit, and seldom. A lost signal costs a poll's wait. */
export class AppendSignal {
  private timer: NodeJS.Timeout | null = null;
  private isDue = false;

  constructor(
    private readonly database: Pick<ContextDatabase, 'context' | 'query'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The first of many is told at once, the others together after a while. */
  tell(): void {
    if (this.timer) this.isDue = true;
    else this.send();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private send(): void {
    this.isDue = false;
    this.timer = setTimeout(() => this.rested(), QUIET_MS).unref();
    const { context } = this.database;
    this.database.query({ name: `${context}.appended`, text: 'select pg_notify($1, $2)' }, [appendChannel(context), '']).catch(this.onError);
  }

  private rested(): void {
    this.timer = null;
    if (this.isDue) this.send();
  }
}

/** The channel on which it is told that something was appended to a context. */
export const appendChannel = (context: string): string => `${context}_appended`;
