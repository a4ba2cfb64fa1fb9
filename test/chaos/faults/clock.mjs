// A process whose clock is five minutes wrong.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SHIFT_MS = 5 * 60_000;
const PRELOAD = pathToFileURL(join(import.meta.dirname, '..', 'preload', 'shifted-clock.mjs')).href;
const SERVICES = ['identity', 'catalog', 'ordering', 'query-api', 'relay', 'projector', 'saga-runner'];

const skew = (words, sign) => ({
  name: `a clock five minutes ${words}`,
  needs: [...SERVICES],
  holdMs: [4_000, 8_000],
  recovery: 'none',
  async begin(world, random) {
    const { name } = random.pick(world.membersOf(...SERVICES));
    world.say(`             of ${name}`);
    world.clocks.set(name, { preload: PRELOAD, shiftMs: sign * SHIFT_MS });
    await world.restart(name);
    return async () => {
      world.clocks.delete(name);
      await world.restart(name);
    };
  },
});

export const clocks = [skew('fast', 1), skew('slow', -1)];
