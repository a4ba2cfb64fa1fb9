import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@testing/eventually.js';
import { startServer, type TestServer } from '@testing/server.js';

interface Watermark {
  readonly position: number;
  readonly head: number;
}

const played = (server: TestServer): boolean => readFileSync(join(server.dataDir, 'demo.json'), 'utf8').includes('"played"');

/** How long nothing must happen for the workflows behind the demo's last orders to be at rest, ms. */
const REST_MS = 2_000;

/** How many events each context holds once the demo is over and everything has its position. */
async function heads(server: TestServer): Promise<Record<string, number>> {
  const ask = async () => ((await (await fetch(`${server.url}/readyz`)).json()) as { watermarks: Record<string, Watermark> }).watermarks;
  let before = await ask();
  for (;;) {
    await sleep(REST_MS);
    const now = await ask();
    const atRest = Object.entries(now).every(([context, { position, head }]) => head === before[context]!.head && position === head);
    if (atRest) return Object.fromEntries(Object.entries(now).map(([context, { head }]) => [context, head]));
    before = now;
  }
}

describe('the demo', () => {
  let undisturbed: Record<string, number>;

  it('fills an empty data directory behind a server that is already ready, once', async () => {
    const server = await startServer({ env: { DEMO: undefined } });
    await eventually(() => expect(played(server)).toBe(true), 60_000);
    undisturbed = await heads(server);
    // The administrator and the customers; products, their stock and what orders reserve of it; orders with their payments and workflows.
    expect(undisturbed['identity']).toBe(1 + 12);
    expect(undisturbed['catalog']).toBeGreaterThan(60 + 20);
    expect(undisturbed['ordering']).toBeGreaterThan(580 + 60);
    await server.restart();
    expect(await heads(server)).toEqual(undisturbed);
    await server.dispose();
  }, 120_000);

  it('interrupted by kill -9 at any moment, ends with the same events', async () => {
    const server = await startServer({ env: { DEMO: undefined } });
    for (const ms of [40, 90, 140]) {
      await sleep(ms);
      await server.kill9();
      await server.restart();
    }
    await eventually(() => expect(played(server)).toBe(true), 60_000);
    expect(await heads(server)).toEqual(undisturbed);
    await server.dispose();
  }, 120_000);

  it('is not played where DEMO=false, nor later on the data of such a server', async () => {
    const server = await startServer({ env: { DEMO: 'false' } });
    await server.restart({ DEMO: undefined });
    expect(await heads(server)).toEqual({ identity: 1, catalog: 0, ordering: 0 });
    await server.dispose();
  });
});
