import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DEFAULT_SCALE } from '../../scripts/cluster/topology.mjs';
import { renderGateway } from '../../deploy/nginx/render.mjs';
import { nginxProblem } from '../../scripts/engines/nginx.mjs';
import { variablesRead } from '../support/role-variables.js';

interface Compose {
  readonly services: Record<
    string,
    { environment: Record<string, string>; secrets?: string[]; networks?: string[]; volumes?: string[]; ports?: string[] }
  >;
  readonly secrets?: Record<string, { readonly file: string }>;
}
const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
/** Compose's own tag for what replaces a list instead of adding to it. */
const override = { tag: '!override', collection: 'seq' as const };
const compose = (path: string): Compose => parse(read(path), { merge: true, customTags: [override] }) as Compose;
const base = compose('docker-compose.yml');

it('believes the gateway alone about who asks', () => {
  const { networks } = base.services['gateway'] as unknown as { networks: { services: { ipv4_address: string } } };
  const edges = Object.values(base.services).flatMap(({ environment }) => environment?.['TRUSTED_PROXIES'] ?? []);
  expect(new Set(edges)).toEqual(new Set([networks.services.ipv4_address]));
});

describe('deploy/compose/tls.yml', () => {
  const gateway = compose('deploy/compose/tls.yml').services['gateway']!;

  it('leads the host’s port to TLS, which nginx can speak, and the health check to plain HTTP inside', () => {
    const dir = mkdtempSync(join(tmpdir(), 'nebulocart-tls-'));
    const [crt, key] = [join(dir, 'tls.crt'), join(dir, 'tls.key')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=shop', '-keyout', key, '-out', crt], { stdio: 'ignore' });
    const services = { identity: ['127.0.0.1:1'], catalog: ['127.0.0.1:1'], ordering: ['127.0.0.1:1'], query: ['127.0.0.1:1'] };
    const plain = renderGateway({ listen: 'LISTEN', tmp: dir, services });
    const said = gateway.environment['GATEWAY_TLS']!.replaceAll('/certificates', dir);
    const config = join(dir, 'nginx.conf');
    writeFileSync(config, plain.replace('listen LISTEN;', `listen ${gateway.environment['GATEWAY_LISTEN']}; ${said}`));
    expect(nginxProblem({ dir, config })).toBeUndefined();
    rmSync(dir, { recursive: true });
    expect(gateway.ports).toEqual(['${PORT:-3000}:8443']);
    expect(gateway.environment['GATEWAY_LISTEN']).toBe('8443 ssl');
    expect(said).toContain('listen 127.0.0.1:8080;');
    expect(JSON.stringify(base.services['gateway'])).toContain('http://127.0.0.1:8080/gateway/health');
    expect(gateway.volumes).toEqual([expect.stringMatching(/:\/certificates:ro$/)]);
  });
});

it('deploy/compose/stripe.yml gives ordering its keys as files, and nobody else', () => {
  const { services, secrets } = compose('deploy/compose/stripe.yml');
  expect(Object.keys(services)).toEqual(['ordering']);
  const { environment, secrets: given } = services['ordering']!;
  expect(Object.keys(secrets!).sort()).toEqual([...given!].sort());
  const files = Object.entries(environment).filter(([name]) => name.endsWith('_FILE'));
  expect(files.map(([, file]) => file.replace('/run/secrets/', '')).sort()).toEqual([...given!].sort());
  for (const name of Object.keys(environment)) expect(variablesRead.get('ordering')!.has(name.replace(/_FILE$/, ''))).toBe(true);
});

it('deploy/compose/metrics.yml has Prometheus ask every role where it listens, in a network of theirs', () => {
  const { scrape_configs: jobs } = parse(read('deploy/prometheus/prometheus.yml')) as {
    scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
  };
  expect(jobs.flatMap((job) => job.dns_sd_configs.flatMap(({ names }) => names)).sort()).toEqual(Object.keys(DEFAULT_SCALE).sort());
  expect(jobs[0]!.dns_sd_configs[0]!.port).toBe(3000);
  const { networks, ports } = compose('deploy/compose/metrics.yml').services['prometheus']!;
  for (const name of Object.keys(DEFAULT_SCALE)) expect(base.services[name]!.networks).toEqual(expect.arrayContaining(networks!));
  expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
});
