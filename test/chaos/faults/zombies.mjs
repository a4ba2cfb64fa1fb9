// A process that is stopped in the middle of what it does, longer than its lease or session lasts, and then goes on as if nothing had happened: meanwhile
// another has taken its place.

import { activeRelay } from './active-relay.mjs';

/** Longer than a consumer group's session (10 s) and a lease. */
const BEYOND_SESSION_MS = [13_000, 16_000];

const zombie = (service, holdMs, find = (world, random) => random.pick(world.membersOf(service))) => ({
  name: `zombie ${service}`,
  needs: [service],
  holdMs,
  recovery: 'process',
  commandsGoOn: service !== 'ordering',
  async begin(world, random) {
    const member = await find(world, random);
    member.hang();
    return () => member.goOn();
  },
});

export const zombies = [
  zombie('relay', BEYOND_SESSION_MS, activeRelay),
  zombie('projector', BEYOND_SESSION_MS),
  zombie('saga-runner', BEYOND_SESSION_MS),
  zombie('ordering', BEYOND_SESSION_MS),
];
