import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { traceIdOf } from '../logging/current-request.js';

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** By what a request and all that it leads to are found again. */
export interface RequestTrace {
  /** The caller's X-Correlation-Id where it is a UUID, else made here. */
  readonly correlationId: string;
  /** The caller's where it is one, else of a trace that begins here. */
  readonly traceparent: string;
}

const TRACE = Symbol('request trace');

/** The trace of a request, the same each time. Not before its span is begun: that one replaces the caller's traceparent. */
export function traceOf(request: FastifyRequest): RequestTrace {
  const traced = request as FastifyRequest & { [TRACE]?: RequestTrace };
  return (traced[TRACE] ??= newTrace(request.headers));
}

function newTrace({ 'x-correlation-id': correlation, traceparent }: FastifyRequest['headers']): RequestTrace {
  const correlationId = typeof correlation === 'string' && UUID.test(correlation) ? correlation : randomUUID();
  const isTraced = typeof traceparent === 'string' && TRACEPARENT.test(traceparent);
  return { correlationId, traceparent: isTraced ? traceparent : `00-${correlationId.replaceAll('-', '')}-${spanId()}-00` };
}

/** The last 16 digits of a random UUID, of which the first is never 0; UUIDs come out of stock, random bytes do not. */
const spanId = (): string => randomUUID().slice(19).replace('-', '');

/** What a log line about this request carries, also where the request's scope is not open: before its body is read, and after its answer. */
export const logFieldsOf = (request: FastifyRequest) => ({ requestId: request.id, traceId: traceIdOf(traceOf(request).traceparent) });
