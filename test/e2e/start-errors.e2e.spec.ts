import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createProduct } from '@api-client/sdk.gen.js';
import { runServer, serverDirectory, startServer } from '@testing/server.js';
import { Shop } from '../support/shop-client.js';

/** What a start that fails must do: one line that says why and what to do, and a code that is not 0. */
const refusal = (stderr: string): string => {
  const lines = stderr.trim().split('\n');
  expect(lines).toHaveLength(1);
  return lines[0]!;
};

describe('a start that cannot work says why in one line', () => {
  it('when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, stderr } = await runServer({ PORT: String(port), DATA_DIR: serverDirectory() });
    other.close();
    expect(code).toBe(1);
    expect(refusal(stderr)).toBe(
      `Cannot start: Port ${port} is taken by another program. Stop that one, or choose another port: PORT=${port + 1} npm start`,
    );
  });

  it('when another instance uses the data directory, naming its process', async () => {
    const server = await startServer();
    const { code, stderr } = await runServer({ PORT: '0', DATA_DIR: server.dataDir });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(code).toBe(1);
    expect(refusal(stderr)).toBe(
      `Cannot start: DATA_DIR ${server.dataDir} is in use by another instance (process ${server.pid}). Stop it, or choose another DATA_DIR.`,
    );
    await server.dispose();
  });

  it('when the data directory cannot be written to', async () => {
    const file = join(serverDirectory(), '..', 'file');
    writeFileSync(file, '');
    for (const dataDir of [file, join(file, 'below'), '/proc/nebulocart']) {
      const { code, stderr } = await runServer({ PORT: '0', DATA_DIR: dataDir });
      expect(code).toBe(1);
      expect(refusal(stderr)).toMatch(/^Cannot start: DATA_DIR \S+ (is not a folder|cannot be written to \(\w+\))\. Choose another one, /);
    }
  });

  it('when environment values are bad, all of them at once', async () => {
    const { code, stderr } = await runServer({ PORT: 'http', BCRYPT_COST: '3', RATE_LIMIT: 'maybe', DATA_DIR: serverDirectory() });
    expect(code).toBe(1);
    expect(refusal(stderr)).toMatch(
      /^Cannot start: Bad environment: PORT must .*; RATE_LIMIT must be on or off, not "maybe"; BCRYPT_COST must .*\.$/,
    );
  });

  it('when the shop’s currency is none that its products are priced in', async () => {
    const { server, admin } = await Shop.open();
    await createProduct({
      client: admin.client,
      body: { sku: 'MUG', name: 'Mug', category: 'Kitchen', price: { amount: '3.00', currency: 'GBP' } },
      throwOnError: true,
    });
    await server.stop();
    const { code, stderr } = await runServer({ PORT: '0', DATA_DIR: server.dataDir, SHOP_CURRENCY: 'USD' });
    expect(code).toBe(1);
    expect(refusal(stderr)).toBe('Cannot start: SHOP_CURRENCY is USD, but all products of this DATA_DIR are priced in GBP: set it to GBP.');
    await server.dispose();
  });

  it('when the keys in the data directory are damaged, and leaves no database running', async () => {
    const dataDir = serverDirectory();
    mkdirSync(join(dataDir, 'secrets'), { recursive: true });
    writeFileSync(join(dataDir, 'secrets', 'master-key'), 'short');
    const { code, stderr } = await runServer({ PORT: '0', DATA_DIR: dataDir });
    expect(code).toBe(1);
    expect(refusal(stderr)).toBe(
      `Cannot start: ${join(dataDir, 'secrets', 'master-key')} is damaged. Restore it from the backup of the same DATA_DIR.`,
    );
    expect(() => readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'))).toThrow(/ENOENT/);
  });
});

describe('npm start -- --check', () => {
  it('tells a good environment from a bad one and starts nothing', async () => {
    const dataDir = serverDirectory();
    expect(await runServer({ DATA_DIR: dataDir }, ['--check'])).toMatchObject({ code: 0, stdout: 'The configuration is valid.\n' });
    expect((await runServer({ DATA_DIR: dataDir, PORT: '-1' }, ['--check'])).code).toBe(1);
    expect(() => readFileSync(join(dataDir, 'lock'))).toThrow(/ENOENT/);
  });
});
