import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type TestServer } from '@testing/server.js';
import { importThroughKills, survived } from '../support/kill-import.js';
import { decimal, syntheticRetail } from '../support/synthetic-retail.js';

describe('an import whose server is killed ten times', () => {
  let folder: string;
  let server: TestServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kill-import-'));
    server = await startServer();
  });
  afterAll(async () => {
    await server?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it('comes to the exact totals and an equal audit', async () => {
    const { csv, expected } = syntheticRetail(4_000, { seed: 3 });
    const { rows, orders, units } = expected;
    const file = join(folder, 'retail.csv');
    await writeFile(file, csv);
    const totals = { rows, orders, units, gross: decimal(expected.gross), credits: decimal(expected.credits) };
    // Small batches: many of them are cut in two.
    expect(await importThroughKills(server, file, orders, ['--batch', '10'])).toMatchObject(survived(totals));
  }, 240_000);
});
