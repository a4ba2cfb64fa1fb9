import { Refusal } from '@kernel/refusal.js';

const ATTEMPTS = 10;

/** Does something anew, from its first look on, where somebody else got in between. @throws Refusal `concurrency.conflict` when that happens too often */
export async function tryAgain<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refusal && error.kind === 'stale')) throw error;
      if (attempt === ATTEMPTS) throw new Refusal('concurrency.conflict', 'conflict', 'Too many others changed this at the same time: try again');
      // Spread out, or the same crowd meets again.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4 * attempt));
    }
  }
}
