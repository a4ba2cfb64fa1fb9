import type { Random } from './random.js';

/** What can befall a world, and how often it did. */
export const FAULTS = [
  'crash',
  'freeze',
  'clock jump',
  'request lost',
  'answer lost',
  'slow answer',
  'half an insert',
  'postgres away',
  'clickhouse away',
  'kafka away',
  'expelled member',
  'consumer error',
  'rebalance unheard',
  'older offset',
  'offset at the end',
  'retention',
  'message lost',
  'batch twice',
  'half a batch',
  'poison',
  'delivered again',
  'signal lost',
  'clean restart',
  'gate closed',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Which faults there are in one schedule, and how often each came. Each schedule has its own mix: what many faults at once hide, a few show. */
export class Faults {
  readonly counts = new Map<Fault, number>();
  private readonly rates = new Map<Fault, number>();
  /** Nothing befalls the world any more. */
  isOver = false;

  constructor(private readonly random: Random) {
    for (const fault of FAULTS) this.rates.set(fault, random.chance(0.55) ? random.oneOf([0.3, 1, 1, 3]) : 0);
  }

  /** Whether it happens now: `often` of the times in a schedule that has it as most do. */
  strikes(fault: Fault, often: number): boolean {
    if (this.isOver || !this.random.chance(Math.min(often * this.rates.get(fault)!, 0.5))) return false;
    this.count(fault);
    return true;
  }

  /** How many times as often as in most schedules it happens in this one; 0 where it never does. */
  rate(fault: Fault): number {
    return this.isOver ? 0 : this.rates.get(fault)!;
  }

  count(fault: Fault): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
  }
}
