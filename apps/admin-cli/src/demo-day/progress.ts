import { timeOfDay, type ShopClock } from './clock.js';
import type { DayTally } from './tally.js';

const EVERY_MS = 1_000;
const SAGAS_EVERY_MS = 5_000;
const HOUR_MS = 3_600_000;

export interface DayProgressOptions {
  readonly clock: Pick<ShopClock, 'now'>;
  readonly tally: DayTally;
  /** How many workflows are in flight. */
  readonly inFlight: () => Promise<number>;
  /** Where the line goes: standard error, so that standard output is the summary alone. */
  readonly stream?: NodeJS.WriteStream;
}

/** How the day goes: on a terminal one line that moves with the clock, elsewhere a line for each of the shop's hours. */
export class DayProgress {
  private readonly stream: NodeJS.WriteStream;
  private sagas: number | undefined;
  private asking = false;
  private shownHour = -1;
  private readonly timers: NodeJS.Timeout[];

  constructor(private readonly options: DayProgressOptions) {
    this.stream = options.stream ?? process.stderr;
    this.timers = [setInterval(() => this.show(), EVERY_MS), setInterval(() => void this.askSagas(), SAGAS_EVERY_MS)];
    this.show();
  }

  /** Says something without breaking the line. */
  say(line: string): void {
    this.stream.write(`${this.stream.isTTY ? '\r\x1b[K' : ''}${line}\n`);
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.say(this.line());
  }

  line(): string {
    const { clock, tally } = this.options;
    const { done, decisions, outOfStock } = tally;
    const counts: [number | undefined, string][] = [
      [done.place, 'orders'],
      [decisions.confirmed, 'confirmed'],
      [decisions.cancelled, 'cancelled'],
      [outOfStock, 'out of stock'],
      [done.ship, 'parcels'],
      [done.return, 'returned'],
      [this.sagas, 'sagas in flight'],
    ];
    return [timeOfDay(clock.now()), ...counts.map(([count, what]) => `${count?.toLocaleString('en-GB') ?? '?'} ${what}`)].join(' | ');
  }

  private show(): void {
    if (this.stream.isTTY) {
      this.stream.write(`\r\x1b[K${this.line()}`);
      return;
    }
    const hour = Math.floor(this.options.clock.now() / HOUR_MS);
    if (hour === this.shownHour) return;
    this.shownHour = hour;
    this.say(this.line());
  }

  /** A server that is away is for whoever plays the day to tell of. */
  private async askSagas(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    this.sagas = await this.options.inFlight().catch(() => undefined);
    this.asking = false;
  }
}
