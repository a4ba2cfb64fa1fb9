import { startServer, type TestServer } from '@testing/server.js';
import { throughKills } from '../support/kills.js';
import { startCli } from '../support/run-cli.js';

const ORDERS = 250;
/** At the least, of an order of any fate: it and its end, what became of its payment, and the saga's steps. */
const EVENTS_AN_ORDER = 6;

describe('a day of a shop whose server is killed ten times', () => {
  let server: TestServer;
  beforeAll(async () => {
    // Deadlines pass while the server is down, and callbacks come when it is up again.
    server = await startServer({ env: { PAYMENT_DEADLINE_SECONDS: '5', SIMULATED_PAYMENT_DELAY_MS: '1000' } });
  });
  afterAll(() => server?.dispose());

  it('leaves every workflow at rest, stock and money conserved, and an equal audit', async () => {
    const options = ['--orders', String(ORDERS), '--speed', '4000', '--seed', '11', '--retry-seconds', '60', '--json'];
    const day = startCli(server, 'demo:day', ...options);
    const underWay = await throughKills(server, day.done, ORDERS * EVENTS_AN_ORDER * 0.8);
    const { code, stderr, stdout } = await day.done;
    expect({ code, underWay, told: code === 0 ? '' : stderr + stdout }).toEqual({ code: 0, underWay: true, told: '' });
  }, 400_000);
});
