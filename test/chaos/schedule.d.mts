import type { Random } from './random.mjs';

interface FaultFacts {
  readonly name: string;
  readonly needs: readonly string[];
  readonly holdMs?: readonly [number, number];
}

export interface Planned<Fault extends FaultFacts> {
  readonly fault: Fault;
  readonly afterMs: number;
  readonly holdMs: number;
  readonly random: Random;
}

export function wavesOf<Fault extends FaultFacts>(seed: string, round: number, faults: readonly Fault[]): Planned<Fault>[][];
