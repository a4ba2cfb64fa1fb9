import { activeRelay } from './active-relay.mjs';

// kill -9: of each role, and of the engines; whoever keeps the cluster starts them again.
const ROLES = ['identity', 'catalog', 'ordering', 'query-api', 'relay', 'projector', 'saga-runner', 'gateway'];
/** Without which commands must be answered all the same. */
const NOT_NEEDED = ['kafka', 'clickhouse', 'redis'];

const kill = (service, recovery, commandsGoOn, find = (world, random) => random.pick(world.membersOf(service))) => ({
  name: `kill ${service}`,
  needs: [service],
  recovery,
  commandsGoOn,
  async begin(world, random) {
    const member = await find(world, random);
    await member.kill();
    return undefined;
  },
});

export const kills = [
  ...ROLES.map((service) =>
    kill(service, 'process', ['relay', 'projector', 'saga-runner', 'query-api'].includes(service), service === 'relay' ? activeRelay : undefined),
  ),
  kill('postgres', 'process', false),
  kill('kafka', 'broker', true),
  ...['clickhouse', 'redis'].map((service) => kill(service, 'process', true)),
];

/** Away for a while, not just for the moment of a restart. */
export const absences = NOT_NEEDED.map((service) => ({
  name: `${service} is away`,
  needs: [service],
  holdMs: [4_000, 7_000],
  recovery: service === 'kafka' ? 'broker' : 'process',
  commandsGoOn: true,
  async begin(world) {
    await world.cluster.member(service).kill({ stayDead: true });
    return () => world.bringUp(service);
  },
}));
