import { randomUUID } from 'node:crypto';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { RequestContext } from '@kernel/ports/request-context.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemFilter, type ErrorLog } from './problem.filter.js';
import { scopeRequests } from './request-scope.js';
import { keepRawBodies } from './raw-body.js';
import { withProblems } from './openapi-problems.js';
import { secureHeaders } from './security-headers.js';
import { validation } from './validation.js';

export interface HttpAppOptions {
  readonly log: ErrorLog;
  readonly version: string;
  /** Hooks that come before all others, such as measuring. */
  readonly prepare?: (server: FastifyInstance) => void;
}

/**
 * Largest body, in bytes, of a route that does not ask for more: an order of 500 lines and more. Validation walks through a whole
 * body before it refuses it, and a stranger may send one; at several megabytes of small members that takes minutes.
 */
const BODY_LIMIT = 64 * 1024;

/** Routes that take more say so by `@LargeBody()`. */
function allowLargeBodies(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    const { bodyLimit } = (route.config ?? {}) as { bodyLimit?: number };
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
  });
}

/** A Nest application on Fastify with the edge's manners: problem+json, validation, request scopes, headers, OpenAPI 3.1 at /docs. */
export async function createHttpApp(module: Type | DynamicModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const filter = new ProblemFilter(options.log);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    // 64 characters of four bytes each, percent-encoded.
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => filter.answer(error, request, reply),
    genReqId: () => randomUUID(),
    // Refuses __proto__ and constructor.prototype in a body instead of dropping them in silence.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    forceCloseConnections: 'idle',
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: ['error', 'warn', 'fatal'], abortOnError: false });
  const server = adapter.getInstance() as unknown as FastifyInstance;
  allowLargeBodies(server);
  keepRawBodies(server);
  options.prepare?.(server);
  await secureHeaders(server);
  scopeRequests(server, app.get(RequestContext));
  app.useGlobalPipes(validation());
  app.useGlobalFilters(filter);
  publishOpenApi(app, options.version);
  return app;
}

function publishOpenApi(app: NestFastifyApplication, version: string): void {
  const config = new DocumentBuilder()
    .setTitle('Nebulocart')
    .setDescription('Commands, transactional reads and analytics of an event-sourced shop. Errors are application/problem+json.')
    .setVersion(version)
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth()
    .addSecurityRequirements('bearer')
    .build();
  SwaggerModule.setup('docs', app, () => withProblems(SwaggerModule.createDocument(app, config)), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
  });
}
