export class Random {
  constructor(...words: readonly (string | number)[]);
  whole(least: number, most: number): number;
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  weighted(weights: Readonly<Record<string, number>>): string;
  shuffled<T>(items: readonly T[]): T[];
}
