import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RequestContext, type RequestScope } from '@kernel/ports/request-context.js';
import { invalid } from './validation.js';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Names by which a query could reach for a prototype; DTO classes have them all and would let them pass. */
const POISON = new Set(['__proto__', 'constructor', 'prototype']);
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

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
  private readonly storage = new AsyncLocalStorage<RequestScope>();

  current(): RequestScope {
    return this.storage.getStore() ?? systemScope();
  }

  run<T>(scope: RequestScope, work: () => T): T {
    return this.storage.run(scope, work);
  }
}

/** The last 16 digits of a random UUID, of which the first is never 0; UUIDs come out of stock, random bytes do not. */
const spanId = (): string => randomUUID().slice(19).replace('-', '');

/** The scope that a request's handlers run in; mutable where later steps learn more (principal, claim, version). */
class HttpScope implements RequestScope {
  readonly correlationId: string;
  readonly causationId = null;
  readonly traceparent: string;
  principal: RequestScope['principal'] = null;
  idempotency: RequestScope['idempotency'] = null;
  expectedVersion: number | null = null;

  constructor(
    readonly requestId: string,
    headers: FastifyRequest['headers'],
  ) {
    const correlation = headers['x-correlation-id'];
    this.correlationId = typeof correlation === 'string' && UUID.test(correlation) ? correlation : randomUUID();
    const traceparent = headers.traceparent;
    this.traceparent =
      typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : `00-${this.correlationId.replaceAll('-', '')}-${spanId()}-00`;
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
  server.addHook('preValidation', (request, _reply, done) => context.run(new HttpScope(request.id, request.headers), done));
}
