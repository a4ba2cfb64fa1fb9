import { gatewayServices, linksOf, metricsTargets, portNames, rolesOf, scaleOf, type Role } from '../../scripts/cluster/topology.mjs';

const topology = (wishes: Record<string, number> = {}, environment: Record<string, string> = { RATE_LIMIT: 'off' }): Role[] => {
  const scale = scaleOf(wishes);
  const ports = Object.fromEntries(portNames(scale).map((name, index) => [name, 5_000 + index]));
  return rolesOf({ scale, ports, secretFile: (name) => `/secrets/${name}`, environment });
};
const countsOf = (roles: readonly Role[]) => {
  const counts: Record<string, number> = {};
  for (const { service } of roles) counts[service] = (counts[service] ?? 0) + 1;
  return counts;
};

it('has every role, and more of those that are asked for', () => {
  const usual = { identity: 1, catalog: 1, ordering: 2, 'query-api': 1, relay: 1, projector: 2, 'saga-runner': 2 };
  expect(countsOf(topology())).toEqual(usual);
  expect(countsOf(topology({ ordering: 3, projector: 4 }))).toEqual({ ...usual, ordering: 3, projector: 4 });
});

it.each([
  [{ orders: 3 }, 'there is no such service'],
  [{ ordering: 0 }, 'whole number from 1'],
  [{ ordering: Number.NaN }, 'whole number from 1'],
  [{ ordering: 1.5 }, 'whole number from 1'],
])('refuses a scale of %j', (wishes, reason) => {
  expect(() => scaleOf(wishes as Record<string, number>)).toThrow(reason);
});

it('gives every process a port of its own, and the gateway those of its services', () => {
  const roles = topology({ ordering: 3 });
  const ports = roles.flatMap(({ environment }) => [environment['PORT'], environment['RPC_PORT']]).filter(Boolean);
  expect(new Set(ports).size).toBe(ports.length);
  const ordering = roles.filter(({ service }) => service === 'ordering').map(({ port }) => `127.0.0.1:${port}`);
  expect(gatewayServices(roles)).toMatchObject({ ordering, identity: [expect.any(String)] });
  expect(ordering).toHaveLength(3);
});

it('names all processes that answer a service’s questions', () => {
  const roles = topology({ ordering: 3 });
  const answering = roles.filter(({ service }) => service === 'ordering').map(({ environment }) => `127.0.0.1:${environment['RPC_PORT']}`);
  expect(roles.find(({ service }) => service === 'identity')!.environment['ORDERING_RPC']).toBe(answering.join(','));
});

it('gives who is in consumer groups its own name there', () => {
  const named = topology({ ordering: 3 }).filter(({ environment }) => environment['INSTANCE_NAME']);
  expect(new Set(named.map(({ service }) => service))).toEqual(new Set(['catalog', 'ordering', 'projector', 'saga-runner']));
  for (const { name, environment } of named) expect(environment['INSTANCE_NAME']).toBe(name);
});

it('tells Prometheus where every process is', () => {
  const roles = topology({ ordering: 3 });
  const targets = metricsTargets(roles);
  expect(targets).toHaveLength(roles.length);
  expect(targets.filter(({ labels }) => labels.service === 'ordering').flatMap(({ targets: [address] }) => address)).toEqual(
    gatewayServices(roles).ordering,
  );
});

it('tells no process a secret, only where it is', () => {
  for (const { name, environment } of topology()) {
    const secrets = Object.entries(environment).filter(([variable]) => /PASSWORD|SECRET|KEY|DATABASE_URL|REDIS_URL/.test(variable));
    expect(secrets.length).toBeGreaterThan(2);
    for (const [variable, value] of secrets)
      expect([name, variable, value]).toEqual([name, expect.stringMatching(/_FILE$/), expect.stringMatching(/^\/secrets\//)]);
  }
});

it('lets nobody own a database that is not his: a service knows its own context’s, and analysts only read the logs', () => {
  const databases = (service: string) =>
    Object.entries(topology().find((role) => role.service === service)!.environment)
      .filter(([variable]) => variable.endsWith('_DATABASE_URL_FILE'))
      .map(([, file]) => file);
  expect(databases('catalog')).toEqual(['/secrets/catalog_database_url']);
  expect(databases('ordering')).toEqual(['/secrets/ordering_database_url']);
  expect(databases('query-api').sort()).toEqual([
    '/secrets/analytics_database_url',
    '/secrets/catalog_reader_url',
    '/secrets/identity_reader_url',
    '/secrets/ordering_reader_url',
  ]);
});

/** Names of the services that are told a variable. */
const toldOf = (variable: string, environment?: Record<string, string>): string[] =>
  [...new Set(topology({}, environment).flatMap((role) => (variable in role.environment ? [role.service] : [])))].sort();

it('gives the master key to those alone who open personal data, and the services’ secret to all who ask each other or use Kafka', () => {
  const edges = ['catalog', 'identity', 'ordering', 'query-api'];
  for (const variable of ['MASTER_KEY_FILE', 'RPC_PORT', 'REDIS_URL_FILE']) expect([variable, toldOf(variable)]).toEqual([variable, edges]);
  expect(toldOf('RPC_SECRET_FILE')).toEqual([...edges, 'projector', 'relay', 'saga-runner'].sort());
  expect(toldOf('JWT_PRIVATE_KEY_FILE')).toEqual(['identity']);
});

it('passes on what the caller says, and keys of the payment service to nobody who does not need them', () => {
  const said = { RATE_LIMIT: 'off', KAFKA_PARTITIONS: '16', PAYMENT_PROVIDER: 'stripe', STRIPE_SECRET_KEY: 'sk_test_1' };
  expect(toldOf('RATE_LIMIT', said)).toHaveLength(7);
  for (const variable of ['PAYMENT_PROVIDER', 'STRIPE_SECRET_KEY']) expect(toldOf(variable, said)).toEqual(['ordering']);
  expect(topology({}, said).find(({ service }) => service === 'relay')!.environment['KAFKA_PARTITIONS']).toBe('16');
});

it('sends every process through its links where something is in between, and needs no other link', () => {
  const scale = scaleOf({});
  const ports = Object.fromEntries(portNames(scale, true).map((name, index) => [name, 5_000 + index]));
  const used = new Set<string>();
  const portOf = (from: string, to: string): number => {
    used.add(`${from} > ${to}`);
    return 9_000;
  };
  const roles = rolesOf({ scale, ports, portOf, secretFile: (name, of) => `/secrets/${of}/${name}`, environment: {} });
  // Addresses of databases and of Redis are in files that a process has of its own.
  const byFile = ({ to }: { to: string }): boolean => to === 'postgres' || to === 'redis';
  const links = linksOf(scale);
  expect([...used].sort()).toEqual(
    links
      .filter((link) => !byFile(link))
      .map(({ from, to }) => `${from} > ${to}`)
      .sort(),
  );
  const files = roles.map(({ name, environment }) => [name, environment['REDIS_URL_FILE']] as const).filter(([, file]) => file !== undefined);
  expect(files.map(([name, file]) => [name, file])).toEqual(
    links.filter(({ to }) => to === 'redis').map(({ from }) => [from, `/secrets/${from}/redis_url`]),
  );
  for (const { environment } of roles) if (environment['KAFKA_BROKERS']) expect(environment['KAFKA_BROKERS']).toBe('127.0.0.1:9000');
});
