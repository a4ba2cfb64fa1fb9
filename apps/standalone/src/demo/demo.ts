import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@adapters/runtime/src/config.js';
import type { StartupLog } from '@adapters/runtime/src/startup-error.js';
import { demoShop } from './demo-shop.js';
import type { OnceCommands } from './once-commands.js';

interface Kept {
  readonly state: 'pending' | 'played';
  /** The instant that the demo's shop is generated for: the same at every attempt, or its idempotency keys would not fit. */
  readonly asOf: string;
}

/** The demo of one data directory: played once, in the background, and gone on with where a stop or a crash interrupted it. */
export class Demo {
  private constructor(
    private readonly file: string,
    private readonly kept: Kept | undefined,
    private readonly wanted: boolean,
    private readonly currency: string,
  ) {}

  /** `DEMO` decides; where it is not set, an empty data directory gets a demo and an interrupted one is finished. */
  static of({ demo, dataDir, shopCurrency }: Config, wasEmpty: boolean): Demo {
    const file = join(dataDir, 'demo.json');
    const found = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : undefined;
    const wanted = demo ?? (wasEmpty || found?.state === 'pending');
    if (!wanted || found) return new Demo(file, found, wanted, shopCurrency);
    const kept: Kept = { state: 'pending', asOf: new Date().toISOString() };
    keep(file, kept);
    return new Demo(file, kept, wanted, shopCurrency);
  }

  get pending(): boolean {
    return this.wanted && this.kept?.state === 'pending';
  }

  /** Starts playing where there is something to play. Returns the function that stops it, between two commands. */
  play(commands: OnceCommands, log: StartupLog): () => Promise<void> {
    if (!this.pending) return async () => undefined;
    const abort = new AbortController();
    const playing = this.playAll(commands, log, abort.signal);
    return () => {
      abort.abort();
      return playing;
    };
  }

  private async playAll(commands: OnceCommands, log: StartupLog, stopped: AbortSignal): Promise<void> {
    const { asOf } = this.kept!;
    try {
      // Loaded now: the application's modules must not load before telemetry started.
      const { playDemo } = await import('./play-demo.js');
      const played = await playDemo(demoShop(asOf), commands, this.currency, stopped);
      if (stopped.aborted) return;
      keep(this.file, { state: 'played', asOf });
      log.info(`the demo shop is filled: ${played} commands`);
    } catch (error) {
      log.warn(`the demo shop was not filled to its end, the next start goes on: ${(error as Error).message}`);
    }
  }
}

function keep(file: string, kept: Kept): void {
  writeFileSync(`${file}.new`, JSON.stringify(kept));
  renameSync(`${file}.new`, file);
}
