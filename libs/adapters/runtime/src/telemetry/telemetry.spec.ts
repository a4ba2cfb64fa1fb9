import { metrics } from '@opentelemetry/api';
import Fastify from 'fastify';
import { heldBack } from '../http/prefer.js';
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

  it('counts the calls that a breaker refused from before there are any', async () => {
    // Meters are those of the telemetry that runs when they are made.
    const { PolicyBreakers } = await import('../resilience/policy-breakers.js');
    const breakers = new PolicyBreakers();
    breakers.make('shop', { timeoutMs: 1, failures: 1, retryAfterMs: 1, refusal: () => new Error('away') as never });
    const text = await telemetry.prometheus();
    breakers.stop();
    expect(text).toMatch(/^circuit_breaker_refused_calls_total\{name="shop".*\} 0$/m);
    expect(text).toMatch(/^circuit_breaker_state\{name="shop".*\} 0$/m);
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

  it('takes no answer for slow that was held back because its caller preferred so', async () => {
    const told: string[] = [];
    const log = (level: string) => (details: object, message: string) =>
      void told.push(`${level} ${(details as { route: string }).route} ${message}`);
    const server = Fastify();
    measureHttp(server, { traces: false, log: { warn: log('warn'), debug: log('debug') } });
    const answer = (elapsed: number, held: number) => (request: object, reply: object) => {
      Object.defineProperty(reply, 'elapsedTime', { value: elapsed });
      heldBack(request, held);
      return 'ok';
    };
    server.get('/slow', answer(1_100, 0));
    server.get('/held', answer(9_100, 9_000));
    server.get('/held-and-slow', answer(9_100, 8_000));
    for (const path of ['/slow', '/held', '/held-and-slow']) await server.inject({ url: path, headers: { prefer: 'wait=10' } });
    await server.close();
    expect(told).toEqual(['warn /slow slow request', 'debug /held request', 'warn /held-and-slow slow request']);
  });
});
