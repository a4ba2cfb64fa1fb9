import { setTimeout as sleep } from 'node:timers/promises';

/** Pokes tell of work; looking is for what nobody tells of, such as an hour that has come, or a lease that has run out. */
const FIRST_PAUSE_MS = 100;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
/** One slow turn must not hold the next up for long. */
const MOST_REST_MS = 250;

export interface BackgroundLoopOptions {
  /** Does what there is to do; true where more may be waiting. */
  readonly turn: () => Promise<boolean>;
  /** Longest pause of a loop that finds nothing to do, ms. */
  readonly idleMs: number;
  /** Rest after a turn that left nothing behind, as a multiple of what it took, whoever pokes; default 0. */
  readonly rest?: number;
  readonly onError: (error: unknown) => void;
}

/** Takes turns until it is stopped: at once while there is work, sooner when poked, and ever more seldom when idle or failing. */
export class BackgroundLoop {
  private running: Promise<void> | null = null;
  private stopping = new AbortController();
  private waking = new AbortController();
  private isPoked = false;

  constructor(private readonly options: BackgroundLoopOptions) {}

  start(): void {
    if (this.running) return;
    this.stopping = new AbortController();
    this.running = this.run();
  }

  /** There is something to do. */
  poke(): void {
    this.isPoked = true;
    this.waking.abort();
  }

  /** Resolves when the turn in hand is over. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.waking.abort();
    await this.running;
    this.running = null;
  }

  private async run(): Promise<void> {
    const { turn, idleMs, rest = 0, onError } = this.options;
    let pause = FIRST_PAUSE_MS;
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      this.isPoked = false;
      const started = performance.now();
      try {
        const more = await turn();
        failures = 0;
        pause = more ? 0 : Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), idleMs);
      } catch (error) {
        onError(error);
        pause = Math.min(FIRST_RETRY_MS * 2 ** failures++, LONGEST_RETRY_MS);
        // Pokes tell of work, not of the database's return.
        await wait(pause, this.stopping.signal);
        continue;
      }
      if (rest > 0 && pause > 0) await wait(Math.min(rest * (performance.now() - started), MOST_REST_MS), this.stopping.signal);
      if (pause > 0 && (await this.isWoken(pause))) pause = FIRST_PAUSE_MS;
    }
  }

  /** Waits; true where a poke cut it short. */
  private async isWoken(ms: number): Promise<boolean> {
    if (this.isPoked) return true;
    this.waking = new AbortController();
    if (this.stopping.signal.aborted) return false;
    await wait(ms, this.waking.signal);
    return this.isPoked;
  }
}

const wait = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined);
