/** The value that so many percent of the samples do not exceed. */
export function percentile(samples, percent) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}

export const median = (samples) => percentile(samples, 50);

/** Runs tasks with so many at a time; the seconds it took. */
export async function inParallel(width, tasks) {
  const started = performance.now();
  let next = 0;
  const work = async () => {
    while (next < tasks.length) await tasks[next++]();
  };
  await Promise.all(Array.from({ length: width }, work));
  return (performance.now() - started) / 1000;
}

/** Runs something; its result and the seconds it took. */
export async function timed(work) {
  const started = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - started) / 1000 };
}
