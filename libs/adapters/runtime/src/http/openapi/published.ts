import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';

/** What the page asks for of the package of Swagger UI, which has more. */
const ASSETS = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'swagger-ui-standalone-preset.js', 'favicon-16x16.png', 'favicon-32x32.png']);

/** Counts a request for its caller. @throws Refusal where there were too many */
export type Count = (execution: ExecutionContext) => Promise<void>;

/** No controller has these routes, so that nothing about them says how they are limited: by their caller's own limit alone. */
class Documents {
  static handler(): void {}
}

/**
 * Keeps what is open to everybody cheap and small: documents are rendered once, only what the page needs is served, and their readers are counted
 * as those of every other route are.
 */
export function guardDocuments(server: FastifyInstance, count: Count): void {
  server.addHook('onRoute', (route) => {
    if (!/^\/docs(?:[-/]|$)/.test(route.url)) return;
    guard(route);
    const counted = (request: FastifyRequest, reply: FastifyReply): Promise<void> =>
      count(new ExecutionContextHost([request, reply], Documents, Documents.handler));
    route.onRequest = [counted, ...[route.onRequest ?? []].flat()];
  });
}

function guard(route: RouteOptions): void {
  if (![route.method].flat().includes('GET')) return;
  if (route.url === '/docs-json' || route.url === '/docs-yaml') renderOnce(route);
  if (route.url === '/docs/*') serveAssetsOnly(route);
}

/** Rendering takes tens of milliseconds, as YAML hundreds, and comes to the same each time. */
function renderOnce(route: RouteOptions): void {
  let kept: { readonly type: string; readonly payload: unknown } | undefined;
  route.onRequest = (_request, reply, done) => {
    if (kept) void reply.type(kept.type).send(kept.payload);
    else done();
  };
  route.onSend = (_request, reply, payload, done) => {
    if (reply.statusCode === 200) kept ??= { type: String(reply.getHeader('content-type')), payload };
    done(null, payload);
  };
}

function serveAssetsOnly(route: RouteOptions): void {
  route.onRequest = (request, reply, done) => {
    if (ASSETS.has((request.params as { readonly '*': string })['*'])) done();
    else reply.callNotFound();
  };
}
