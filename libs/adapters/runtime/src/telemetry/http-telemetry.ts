import { context, metrics, propagation, SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { heldBackFor } from '../http/prefer.js';
import { logFieldsOf } from '../http/request-trace.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Bounds of the request durations, seconds: finer below 50 ms, where the promises about latency are. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SLOW_MS = 1_000;
/** Routes whose work takes as long as there is much of it. */
const LONG_WORK = /^\/api\/v1\/(import|admin)\//;

export interface HttpLog {
  warn(details: object, message: string): void;
  debug(details: object, message: string): void;
}

/**
 * Measures every request by method, route and status, and traces it under the caller's traceparent where spans are exported.
 * One hook at each end of a request instead of instrumented sockets. Add it before the routes.
 */
export function measureHttp(server: FastifyInstance, options: { readonly traces: boolean; readonly log: HttpLog }): void {
  const meter = metrics.getMeter('http');
  const duration = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'From the request line to the last byte of the answer',
    advice: { explicitBucketBoundaries: BOUNDS },
  });
  const active = meter.createUpDownCounter('http.server.active_requests', { description: 'Requests in hand' });
  if (options.traces) traceRequests(server);

  server.addHook('onRequest', (_request, _reply, done) => {
    active.add(1);
    done();
  });
  server.addHook('onRequestAbort', (request, done) => {
    options.log.debug({ method: request.method, route: route(request), ...logFieldsOf(request) }, 'the client went away');
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    active.add(-1);
    const elapsed = reply.elapsedTime;
    const attributes = { 'http.request.method': request.method, 'http.route': route(request), 'http.response.status_code': reply.statusCode };
    duration.record(elapsed / 1000, attributes);
    report(request, reply, elapsed, options.log);
    done();
  });
}

/** The pattern, never the path itself: ids in it would make a series each. */
const route = (request: FastifyRequest): string => request.routeOptions.url ?? 'unknown';

function report(request: FastifyRequest, reply: FastifyReply, elapsed: number, log: HttpLog): void {
  const details = { method: request.method, route: route(request), status: reply.statusCode, ms: Math.round(elapsed), ...logFieldsOf(request) };
  if (elapsed - heldBackFor(request) > SLOW_MS && !LONG_WORK.test(details.route)) log.warn(details, 'slow request');
  else log.debug(details, 'request');
}

function traceRequests(server: FastifyInstance): void {
  const tracer = trace.getTracer('http');
  const spans = new WeakMap<FastifyRequest, Span>();
  server.addHook('onRequest', (request, _reply, done) => {
    // The one header alone: tracestate and baggage are the caller's own words, which would be exported or passed on.
    const { traceparent } = request.headers;
    const parent = propagation.extract(context.active(), { traceparent });
    const span = tracer.startSpan(`${request.method} ${route(request)}`, { kind: SpanKind.SERVER }, parent);
    spans.set(request, span);
    const scope = trace.setSpan(parent, span);
    // What this request causes, its events among it, names this span as its parent.
    propagation.inject(scope, request.headers);
    context.with(scope, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    span?.setAttributes({ 'http.request.method': request.method, 'http.route': route(request), 'http.response.status_code': reply.statusCode });
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}
