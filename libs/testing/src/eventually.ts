import { setTimeout as pause } from 'node:timers/promises';

/** Repeats an assertion until it holds; rethrows its last failure after `timeoutMs`. */
export async function eventually<T>(assertion: () => T | Promise<T>, timeoutMs = 10_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await assertion();
    } catch (failure) {
      if (performance.now() > deadline) throw failure;
      await pause(10);
    }
  }
}
