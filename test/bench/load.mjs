import { setTimeout as pause } from 'node:timers/promises';
import autocannon from 'autocannon';

/** Starts work at a fixed rate, whatever it takes, for so many seconds and waits for all of it; how many a second were done in the end. */
export async function atRate(rate, seconds, work) {
  const started = performance.now();
  const running = [];
  for (let index = 0; index < seconds * rate; index++) {
    const early = started + (index * 1_000) / rate - performance.now();
    if (early > 0) await pause(early);
    running.push(work(index));
  }
  await Promise.all(running);
  return running.length / ((performance.now() - started) / 1_000);
}

/** @throws Error where an answer was not 2xx: a rate of refusals is no rate of orders */
export async function fire({ url, connections, duration, bodies, headers }) {
  const latencies = [];
  const request = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
  const running = autocannon({ url, connections, duration, requests: bodies.map((body) => ({ ...request, body })) });
  running.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  const result = await running;
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers of ${url} were not 2xx, ${result.errors} requests failed`);
  return { rate: result['2xx'] / result.duration, answered: result['2xx'], latencies };
}
