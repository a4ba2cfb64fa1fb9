import { jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import { eventually } from '@testing/eventually.js';
import { ClickHouse } from './clickhouse.js';

const UNAVAILABLE = { code: 'analytics.unavailable', kind: 'unavailable', details: { retryAfterSeconds: 1 } };

describe('ClickHouse over the network', () => {
  const changes: string[] = [];
  let [server, port]: [Server | null, number] = [null, 0];
  let breakers: PolicyBreakers;
  let clickhouse: ClickHouse;
  let statements: string[];
  beforeEach(async () => {
    [statements, port, changes.length] = [[], 0, 0];
    // The client tells of every error there.
    jest.spyOn(console, 'error').mockReturnValue(undefined);
    await listen();
    breakers = new PolicyBreakers((name, state) => changes.push(`${name} ${state}`));
    clickhouse = new ClickHouse({ url: `http://127.0.0.1:${port}` }, breakers);
  });
  afterEach(async () => {
    breakers.stop();
    await clickhouse.close();
    await die();
    jest.restoreAllMocks();
  });

  /** Speaks as much of its HTTP interface as a question needs; `BROKEN` is answered as ClickHouse answers a statement with a mistake. */
  async function listen(): Promise<void> {
    server = createServer((request, response) => {
      void text(request).then((sql) => {
        statements.push(sql);
        if (!sql.includes('BROKEN')) return response.end('{"one":1}\n');
        return response.writeHead(404).end("Code: 60. DB::Exception: Table default.BROKEN doesn't exist. (UNKNOWN_TABLE) (version 26.7.1.1)");
      });
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  }

  async function die(): Promise<void> {
    server?.closeAllConnections();
    server?.close();
    if (server) await once(server, 'close');
    server = null;
  }

  const ask = (sql = 'SELECT 1 AS one') => clickhouse.reading.rows(sql);
  const failure = (work: Promise<unknown>) => work.then(() => null).catch((error: unknown) => error);

  it('is left alone when it dies, by all its sessions, and asked again once it is back', async () => {
    expect(await ask()).toEqual([{ one: 1 }]);
    await die();
    await eventually(async () => expect(await failure(ask())).toMatchObject(UNAVAILABLE));
    expect(await failure(clickhouse.landing.insert('t', [{ one: 1 }], {}))).toMatchObject(UNAVAILABLE);
    expect(await failure(clickhouse.maintenance.run('OPTIMIZE TABLE t'))).toMatchObject(UNAVAILABLE);
    await listen();
    await eventually(async () => expect(await ask()).toEqual([{ one: 1 }]));
    expect(changes).toEqual(['clickhouse open', 'clickhouse closed']);
    expect(statements).not.toContain('OPTIMIZE TABLE t');
  });

  it('stays asked for whatever it objects to', async () => {
    for (let times = 0; times < 8; times++) expect(await failure(ask('SELECT * FROM BROKEN'))).toMatchObject({ type: 'UNKNOWN_TABLE' });
    expect([changes, await ask()]).toEqual([[], [{ one: 1 }]]);
  });
});
