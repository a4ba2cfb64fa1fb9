import { Transform } from 'node:stream';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest, RequestPayload } from 'fastify';

const RAW = Symbol('raw body');
type WithRawBody = FastifyRequest & { [RAW]?: string };

/** A route whose body is wanted byte for byte as well, for a signature over it; no other route pays for that. */
export const KeepRawBody = () => RouteConfig({ keepRawBody: true });

/** The body of a `@KeepRawBody()` route as it was sent; empty without one. */
export const RawBody = createParamDecorator((_: unknown, context: ExecutionContext): string => rawBodyOf(context.switchToHttp().getRequest()));

export const rawBodyOf = (request: FastifyRequest): string => (request as WithRawBody)[RAW] ?? '';

/** Lets routes ask for their raw bodies. */
export function keepRawBodies(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    const { keepRawBody = false } = (route.config ?? {}) as { keepRawBody?: boolean };
    if (keepRawBody) route.preParsing = (request, _reply, payload, done) => done(null, listenIn(request, payload));
  });
}

/** The body on its way to the parser, which keeps the route's limit on it. */
function listenIn(request: WithRawBody, payload: RequestPayload): RequestPayload {
  const chunks: Buffer[] = [];
  const through = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      chunks.push(chunk);
      next(null, chunk);
    },
    flush(next) {
      request[RAW] = Buffer.concat(chunks).toString('utf8');
      next();
    },
  });
  payload.on('error', (error) => through.destroy(error));
  return payload.pipe(through);
}
