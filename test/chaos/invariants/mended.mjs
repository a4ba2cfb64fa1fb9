import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than a projector takes to make anew what a full disk has left of ClickHouse's files, ms. */
const MENDED_MS = 120_000;
/** Such files are found by who reads them; the read models that are made anew are not there for a moment. */
const MENDING = new Set(['analytics.unreadable', 'analytics.unavailable', 'read-model.given-up']);

/** Asks again while the answer is that files of ClickHouse are made anew. */
export async function onceMended(ask) {
  for (const until = performance.now() + MENDED_MS; ; await sleep(1_000)) {
    const answer = await ask();
    if (!MENDING.has(answer.code) || performance.now() > until) return answer;
    console.log(`  ${answer.code}: asked again`);
  }
}
