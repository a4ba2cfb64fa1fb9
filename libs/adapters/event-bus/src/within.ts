import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for work, and not for longer than so many ms; false where it was not done by then, or failed. */
export async function within(ms: number, work: Promise<unknown> | null): Promise<boolean> {
  const waiting = new AbortController();
  const isDone = Promise.resolve(work).then(
    () => true,
    () => false,
  );
  const isOver = sleep(ms, false, { signal: waiting.signal }).catch(() => false);
  const done = await Promise.race([isDone, isOver]);
  waiting.abort();
  return done;
}
