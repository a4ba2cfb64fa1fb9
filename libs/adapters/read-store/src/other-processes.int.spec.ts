import { LogSignal } from '@adapters/event-store/src/log-signal.js';
import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import { eventually } from '@testing/eventually.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { stockReceived } from '@testing/sample-events.js';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ReadSide } from './read-side.js';
import { LANDING_CALLS } from './landing/landing-calls.js';

let test: TestReadSide;
beforeEach(async () => void (test = await testReadSide({ readModels: [stock], controls: [stockControl] })));
afterEach(() => test.drop());

/** An address that nothing listens on. */
async function nowhere(): Promise<string> {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return url;
}
const listen = (server: Server) =>
  new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });

const UNAVAILABLE = { code: 'analytics.unavailable', kind: 'unavailable' };

it('answers, rebuilds and audits in a process that does not land, and calls one that does', async () => {
  const calls = new LogSignal({ connectionString: test.databases.get('analytics').url }, LANDING_CALLS);
  await test.restart({ roles: ['lands'], soleOwner: false, calls, landing: { lingerMs: 60_000 } });
  const other = test.make({ roles: ['answers'], soleOwner: false });
  await other.start();
  try {
    await test.append('catalog', stockReceived('MUG', 1));
    await test.landed();
    // Lingering: without a word this would take a minute.
    const [id] = await test.append('catalog', stockReceived('MUG', 2));
    await other.watermarks.waitFor({ catalog: id! }, 20_000);
    expect(await other.store.rows(`SELECT toFloat64(sum(on_hand)) AS n FROM ${other.store.source('stock')} AS s`)).toEqual([{ n: 3 }]);
    expect(await other.generations.rebuild('stock')).toMatchObject({ to: 2, certified: true });
    expect(await other.auditor.audit()).toMatchObject({ equal: true, at: { catalog: 2 } });
  } finally {
    await other.stop();
    await calls.close();
  }
});

it('needs a bus only where it lands', () => {
  const options = { clickhouse: { url: 'http://127.0.0.1:1' }, readModels: [stock], controls: [] };
  expect(() => new ReadSide(test.stores, null, test.databases, options)).toThrow('needs an EventBus');
});

it('refuses questions while ClickHouse is away, as something that passes', async () => {
  const side = test.make({ clickhouse: { url: await nowhere() }, roles: ['answers'], soleOwner: false });
  await side.start();
  await expect(side.store.rows('SELECT 1')).rejects.toMatchObject(UNAVAILABLE);
  await expect(side.ping()).rejects.toMatchObject(UNAVAILABLE);
  await expect(side.auditor.audit()).rejects.toMatchObject(UNAVAILABLE);
  await expect(side.generations.rebuild('stock')).rejects.toMatchObject(UNAVAILABLE);
  await side.stop();
});

it('refuses a question whose server goes away in the middle of it', async () => {
  const server = createServer((request) => request.socket.destroy());
  const side = test.make({ clickhouse: { url: await listen(server) }, roles: ['answers'], soleOwner: false });
  await expect(side.store.rows('SELECT 1')).rejects.toMatchObject(UNAVAILABLE);
  await side.stop();
  await new Promise((resolve) => server.close(resolve));
});

it('refuses a question about a read model that landing has not made yet', async () => {
  await test.side.clickhouse.maintenance.run('DROP VIEW nebulocart.stock');
  await expect(test.side.store.rows('SELECT * FROM nebulocart.stock')).rejects.toMatchObject(UNAVAILABLE);
  await expect(test.side.store.rows('SELECT nonsense')).rejects.toMatchObject({ code: '47' });
});

it('waits for a ClickHouse that is away when landing starts, until it is stopped', async () => {
  let asked = 0;
  const server = createServer((request) => {
    asked += 1;
    request.socket.destroy();
  });
  const side = test.make({ clickhouse: { url: await listen(server) }, roles: ['lands'], soleOwner: false });
  const starting = side.start();
  await eventually(() => expect(asked).toBeGreaterThan(2));
  await side.stop();
  await starting;
  await new Promise((resolve) => server.close(resolve));
});
