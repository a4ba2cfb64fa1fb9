import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../../scripts/cluster/cluster.mjs';
import { entranceProblem } from '../../scripts/cluster/entrance.mjs';
import { keepPorts } from '../../scripts/cluster/ports.mjs';

const HOST = '127.0.0.1';
let dir: string;
let taken: Server;
let port: number;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nebulocart-entrance-'));
  taken = createServer().listen(0, HOST);
  await once(taken, 'listening');
  ({ port } = taken.address() as AddressInfo);
});
afterEach(async () => {
  taken.close();
  rmSync(dir, { recursive: true });
});
const holder = new RegExp(`node.* \\(process ${process.pid}\\)`);

it('names who has the gateway’s port, and what to do', async () => {
  const problem = await entranceProblem({ host: HOST, port });
  expect(problem).toMatch(new RegExp(`^Port ${port}, which the gateway is to have, is taken by .*: stop that, or choose another --port$`));
  expect(problem).toMatch(holder);
  expect(await entranceProblem({ host: HOST, port: 0 })).toBeUndefined();
});

it('names who has the port that Kafka kept', async () => {
  writeFileSync(join(dir, 'ports.json'), JSON.stringify({ 'kafka-controller': port }));
  await expect(keepPorts(dir, ['kafka-controller'])).rejects.toThrow(holder);
});

it('starts no engine for a gateway that cannot listen', async () => {
  await expect(Cluster.start({ dataDir: dir, port })).rejects.toThrow(`Port ${port}, which the gateway is to have, is taken by`);
  // Made when Kafka and Postgres are started, and held while the data is in use.
  for (const path of ['kafka/data', 'postgres', 'lock']) expect([path, existsSync(join(dir, path))]).toEqual([path, false]);
});

describe('the files of TLS', () => {
  const file = (name: string): string => join(dir, name);
  const pair = (name: string) => {
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=shop', '-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)];
    execFileSync('openssl', words, { stdio: 'ignore' });
    return { certificate: file(`${name}.crt`), key: file(`${name}.key`) };
  };
  const problemOf = (tls: { certificate: string; key: string }) => entranceProblem({ host: HOST, port: 0, tls });

  it('are read, understood and belong together', async () => {
    const [shop, other] = [pair('shop'), pair('other')];
    writeFileSync(file('text'), 'no certificate');
    expect(await problemOf(shop)).toBeUndefined();
    expect(await problemOf({ ...shop, certificate: file('none') })).toBe(
      `--tls-certificate must name a file that this user can read, not ${file('none')} (ENOENT)`,
    );
    expect(await problemOf({ ...shop, certificate: file('text') })).toContain('--tls-certificate must name a certificate in PEM');
    expect(await problemOf({ ...shop, key: file('text') })).toContain('--tls-key must name a private key');
    expect(await problemOf({ ...shop, key: other.key })).toContain('is not the key of');
  });
});
