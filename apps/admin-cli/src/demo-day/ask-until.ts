import { setTimeout as pause } from 'node:timers/promises';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** Asks again, ever less often, until the answer will do or the patience is over; the last answer either way. */
export async function askUntil<Answer>(
  ask: () => Promise<Answer>,
  enough: (answer: Answer) => boolean,
  { patienceMs, signal }: { readonly patienceMs: number; readonly signal?: AbortSignal },
): Promise<Answer> {
  const until = performance.now() + patienceMs;
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const answer = await ask();
    if (enough(answer) || signal?.aborted || performance.now() >= until) return answer;
    await pause(wait, undefined, { signal }).catch(() => undefined);
  }
}
