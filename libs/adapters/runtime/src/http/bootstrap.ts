import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { RequestContext } from '@kernel/ports/request-context.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../auth/admission.js';
import { AllowedMethods } from './allowed-methods.js';
import { answerConditionally } from './conditional-get.js';
import { allowOrigins } from './cross-origin.js';
import { answerUnreadable } from './unreadable.js';
import { ProblemFilter, type ErrorLog } from './problem.filter.js';
import { takeLargeBodies } from './large-body.js';
import { requestIds } from './request-ids.js';
import { scopeRequests } from './request-scope.js';
import { keepRawBodies } from './raw-body.js';
import { apiDocument } from './openapi/document.js';
import { guardDocuments } from './openapi/published.js';
import { secureHeaders } from './security-headers.js';
import { StrictRequest } from './strict-request.js';
import { validation } from './validation.js';

export interface HttpAppOptions {
  readonly log: ErrorLog;
  readonly version: string;
  /** Origins of pages that may read answers; none where it is left out. */
  readonly corsOrigins?: readonly string[];
  /** Addresses and networks of the gateways whose X-Forwarded-For is believed; none where it is left out. */
  readonly trustedProxies?: readonly string[];
  /** Longest that a whole request may take to come in, ms; a minute where it is left out. */
  readonly requestTimeoutMs?: number;
  /** What is published at /docs: by default what the routes of this process come to, null for nothing. */
  readonly document?: OpenAPIObject | null;
  /** Hooks that come before all others, such as measuring. */
  readonly prepare?: (server: FastifyInstance) => void;
}

/**
 * Largest body, in bytes, of a route that does not ask for more: an order of 500 lines and more. Validation walks through a whole
 * body before it refuses it, and a stranger may send one; at several megabytes of small members that takes minutes.
 */
const BODY_LIMIT = 64 * 1024;

/**
 * Whoever sends a byte now and then would hold a connection for ever. A minute is enough for the largest body at 140 kB/s, and begins anew with each
 * request. It bounds what comes in and not how long the answer takes: some are silent for long while they are worked out, so no connection ends for that.
 */
const REQUEST_TIMEOUT_MS = 60_000;
/** Longest that the headers may take of it, ms. */
const LONGEST_HEADERS_MS = 30_000;
/** Time between two looks for requests that take too long, ms. */
const LOOK_MS = 5_000;

/** A Nest application on Fastify with the edge's manners: problem+json, validation, request scopes, headers, OpenAPI 3.1 at /docs. */
export async function createHttpApp(module: Type | DynamicModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const { requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS } = options;
  const methods = new AllowedMethods();
  const filter = new ProblemFilter(options.log, methods);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    // A stranger could give any address in X-Forwarded-For; a limit by address counts what a gateway says, or the socket's own.
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    // 64 characters of four bytes each, percent-encoded.
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => filter.answer(error, request, reply),
    genReqId: requestIds(options.trustedProxies),
    // Refuses __proto__ and constructor.prototype in a body instead of dropping them in silence.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    requestTimeout,
    // Were more time given to the headers than to all, Node would change the two for each other.
    http: { headersTimeout: Math.min(LONGEST_HEADERS_MS, requestTimeout), connectionsCheckingInterval: Math.min(LOOK_MS, requestTimeout) },
    clientErrorHandler: answerUnreadable,
    forceCloseConnections: 'idle',
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: ['error', 'warn', 'fatal'], abortOnError: false });
  const server = adapter.getInstance() as unknown as FastifyInstance;
  methods.listenTo(server);
  takeLargeBodies(server, (execution) => app.get(Admission, { strict: false }).admit(execution));
  keepRawBodies(server);
  guardDocuments(server, (execution) => app.get(Admission, { strict: false }).count(execution));
  options.prepare?.(server);
  await secureHeaders(server);
  await allowOrigins(server, options.corsOrigins ?? []);
  answerConditionally(server);
  scopeRequests(server, app.get(RequestContext));
  app.useGlobalInterceptors(new StrictRequest());
  app.useGlobalPipes(validation());
  app.useGlobalFilters(filter);
  publishOpenApi(app, options);
  return app;
}

function publishOpenApi(app: NestFastifyApplication, { version, document }: HttpAppOptions): void {
  if (document === null) return;
  SwaggerModule.setup('docs', app, () => document ?? apiDocument(app, version), { jsonDocumentUrl: 'docs-json', yamlDocumentUrl: 'docs-yaml' });
}
