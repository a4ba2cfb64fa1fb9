import { rmSync } from 'node:fs';
import { eventually } from '@testing/eventually.js';
import { serverDirectory, type TestServer } from '@testing/server.js';
import { Cluster } from '../../scripts/cluster/cluster.mjs';
import { freePorts } from '../../scripts/engines/server-process.mjs';
import { AdminClient } from '../support/api-client.js';
import { serverOf } from '../support/cluster-server.js';
import { runCli } from '../support/run-cli.js';

const PERIOD = { from: '2010-12-01', to: '2011-07-01', timezone: 'Europe/London' };
const RUN_MS = 900_000;
const LANDING_MS = 300_000;

/** Through the gateway, services, Kafka and projectors: whatever works beside each other, the totals are those of the file. */
describe.each([1, 3])('seven months of a retailer, imported into a cluster with %d order services', (ordering) => {
  const file = process.env['RETAIL_FILE'] ?? '';
  let dataDir: string;
  let cluster: Cluster;
  let server: TestServer;

  beforeAll(async () => {
    dataDir = serverDirectory();
    const [port] = (await freePorts(1)) as [number];
    cluster = await Cluster.start({ dataDir, port, scale: { ordering }, environment: { RATE_LIMIT: 'off' }, rate: 100_000, burst: 100_000 });
    server = serverOf(cluster);
  }, RUN_MS);
  afterAll(async () => {
    await cluster?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }, RUN_MS);

  it(
    'has the exact totals, and an equal audit',
    async () => {
      const imported = await runCli(server, 'import', file, '--json');
      expect(imported).toMatchObject({ code: 0 });
      const { seconds, rows } = imported.json<{ seconds: number; rows: number }>();
      console.info(`${ordering} order services: imported ${rows} rows in ${seconds} s, ${Math.round(rows / seconds)} rows/s`);
      const totals = { orders: 9_659, units: 2_501_871, gross: '4826466.491', credits: '428515.73', net: '4397950.761' };
      const api = new AdminClient(server);
      // What was imported travels on through Kafka.
      await eventually(async () => expect((await api.sales({ ...PERIOD, grain: 'month' })).totals).toMatchObject(totals), LANDING_MS);
      const audit = await runCli(server, 'audit', '--json');
      expect(audit.json()).toMatchObject({ equal: true });
    },
    RUN_MS,
  );
});
