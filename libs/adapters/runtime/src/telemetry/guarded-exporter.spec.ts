import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { eventually } from '@testing/eventually.js';
import { PolicyBreakers } from '../resilience/policy-breakers.js';
import { GuardedExporter } from './guarded-exporter.js';

describe('the exporter of traces', () => {
  let collector: Server;
  let [status, asked] = [200, 0];
  let breakers: PolicyBreakers;
  let exporter: GuardedExporter;
  const changes: string[] = [];
  beforeEach(async () => {
    [status, asked, changes.length] = [200, 0, 0];
    collector = createServer((request, response) => {
      asked += 1;
      request.resume().on('end', () => response.writeHead(status).end());
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    breakers = new PolicyBreakers((name, state) => changes.push(`${name} ${state}`));
    exporter = new GuardedExporter(new OTLPTraceExporter({ url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces` }));
  });
  afterEach(async () => {
    breakers.stop();
    await exporter.shutdown();
    collector.closeAllConnections();
    collector.close();
  });

  const send = () => new Promise<{ code: number; error?: Error }>((resolve) => exporter.export([], resolve));
  /** Tries again after no time at all. */
  const impatient = () => exporter.guard({ make: (name, options) => breakers.make(name, { ...options, retryAfterMs: 50 }) });

  it('sends without a breaker until it is given one', async () => {
    expect(await send()).toEqual({ code: 0 });
    status = 500;
    for (let times = 0; times < 5; times++) expect((await send()).code).toBe(1);
    expect(asked).toBe(6);
  });

  it('leaves a collector alone that takes nothing, and sends again when it is back', async () => {
    impatient();
    expect(await send()).toEqual({ code: 0 });
    status = 500;
    for (let times = 0; times < 3; times++) expect((await send()).code).toBe(1);
    expect([await send(), asked, changes]).toMatchObject([{ code: 1, error: { message: expect.stringContaining('are dropped') } }, 4, ['otlp open']]);
    status = 200;
    await eventually(async () => expect(await send()).toEqual({ code: 0 }));
    expect(changes).toEqual(['otlp open', 'otlp closed']);
  });

  it('takes a fault that the collector finds for a sign of life', async () => {
    impatient();
    status = 400;
    for (let times = 0; times < 5; times++) expect((await send()).code).toBe(1);
    expect([asked, changes]).toEqual([5, []]);
  });
});
