import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RequestContext, type RequestScope } from '@kernel/ports/request-context.js';
import { currentRequest } from '../logging/current-request.js';
import { traceOf } from './request-trace.js';
import { invalid } from './validation.js';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Names by which a query could reach for a prototype; DTO classes have them all and would let them pass. */
const POISON = new Set(['__proto__', 'constructor', 'prototype']);

/** The scope of work that no request asked for: a start, a demo, a deadline. */
const systemScope = (): RequestScope => ({
  requestId: 'system',
  actor: null,
  principal: null,
  correlationId: randomUUID(),
  causationId: null,
  traceparent: null,
  idempotency: null,
  expectedVersion: null,
});

/** Carries the scope of a request along its asynchronous calls. */
@Injectable()
export class AsyncRequestContext extends RequestContext {
  current(): RequestScope {
    return currentRequest.getStore() ?? systemScope();
  }

  run<T>(scope: RequestScope, work: () => T): T {
    return currentRequest.run(scope, work);
  }
}

/** The scope that a request's handlers run in; mutable where later steps learn more (principal, claim, version). */
class HttpScope implements RequestScope {
  readonly requestId: string;
  readonly correlationId: string;
  readonly causationId = null;
  readonly traceparent: string;
  readonly consistencyToken?: string;
  principal: RequestScope['principal'] = null;
  idempotency: RequestScope['idempotency'] = null;
  expectedVersion: number | null = null;

  constructor(request: FastifyRequest) {
    this.requestId = request.id;
    ({ correlationId: this.correlationId, traceparent: this.traceparent } = traceOf(request));
    const token = request.headers['consistency-token'];
    if (token !== undefined) this.consistencyToken = String(token);
  }

  get actor(): string | null {
    return this.principal?.id ?? null;
  }
}

/**
 * Opens a scope for each request. At `preValidation`, not earlier: reading the body continues in the socket's own
 * asynchronous context and would lose it.
 */
export function scopeRequests(server: FastifyInstance, context: RequestContext): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  server.addHook('preValidation', (request, _reply, done) => {
    const poison = Object.keys((request.query as object | null) ?? {}).find((name) => POISON.has(name));
    done(poison === undefined ? undefined : invalid([{ field: poison, message: `property ${poison} should not exist` }]));
  });
  server.addHook('preValidation', (request, _reply, done) => context.run(new HttpScope(request), done));
}
