import { metrics } from '@opentelemetry/api';
import Fastify from 'fastify';
import { measureHttp } from './http-telemetry.js';
import { startTelemetry } from './telemetry.js';

describe('telemetry', () => {
  const telemetry = startTelemetry({ service: 'spec', otlpEndpoint: undefined });
  afterAll(() => telemetry.stop());

  it('shows counters and the process in the text format of Prometheus', async () => {
    metrics.getMeter('spec').createCounter('spec.things').add(3, { kind: 'round' });
    const text = await telemetry.prometheus();
    expect(text).toContain('spec_things_total{kind="round"} 3');
    expect(text).toMatch(/^process_memory_usage(_bytes)? \d+/m);
    expect(text).toMatch(/target_info\{.*service_name="spec"/);
  });

  it('measures requests by the pattern of their route, never by the path', async () => {
    const server = Fastify();
    measureHttp(server, { traces: false, log: { warn: () => undefined, debug: () => undefined } });
    server.get('/orders/:id', () => 'ok');
    await server.inject('/orders/17');
    await server.inject('/nowhere/17');
    const text = await telemetry.prometheus();
    expect(text).toMatch(
      /http_server_request_duration(_seconds)?_count\{http_request_method="GET",http_route="\/orders\/:id",http_response_status_code="200"\} 1/,
    );
    expect(text).not.toContain('/17');
    await server.close();
  });
});
