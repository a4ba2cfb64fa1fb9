import { startServer, type TestServer } from '@testing/server.js';
import { importThroughKills, survived } from '../support/kill-import.js';

describe("the import of a retailer's file whose server is killed ten times", () => {
  let server: TestServer;
  beforeAll(async () => (server = await startServer()));
  afterAll(() => server?.dispose());

  it('comes to the exact totals and an equal audit', async () => {
    const published = { rows: 245_903, orders: 9_659, units: 2_501_871, gross: '4826466.491', credits: '428515.73' };
    expect(await importThroughKills(server, process.env['RETAIL_FILE'] ?? '', published.orders, ['--batch', '20'])).toMatchObject(
      survived(published),
    );
  }, 600_000);
});
