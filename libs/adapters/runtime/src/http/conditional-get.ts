import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** What the API answers, apart from its documentation and from what operators read. */
const API = /^\/(?:api|\.well-known)\//;
/** Answers that nobody but their reader may keep, not even to ask whether they still hold. */
const PERSONAL = /^\/api\/v1\/(?:auth|users)(?:[/?]|$)/;

/**
 * Reads carry an ETag, a route's own or one of what is answered, and are answered 304 to whoever has that already. Nothing is used again without
 * asking: who may see what can change at any time.
 */
export function answerConditionally(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    // The route's own path: that of the request may be written in other ways, such as %61pi.
    const path = request.routeOptions.url ?? request.url;
    if (!API.test(path)) return done();
    const read = request.method === 'GET' || request.method === 'HEAD';
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', read && !PERSONAL.test(path) ? 'private, no-cache' : 'no-store');
    if (!read || reply.statusCode !== 200 || typeof payload !== 'string') return done();
    reply.header('etag', etagOf(reply.getHeader('etag'), payload));
    if (!matches(request.headers['if-none-match'], String(reply.getHeader('etag')))) return done();
    done(null, unchanged(reply));
  });
}

/**
 * A version alone would not do: a product's stock and an order's payment move without it. So it comes with what is answered, and If-Match reads the
 * version of it.
 */
function etagOf(given: unknown, payload: string): string {
  const version = /^"(\d+)"$/.exec(String(given))?.[1];
  if (given !== undefined && version === undefined) return String(given);
  const digest = hash('sha1', payload, 'base64url');
  return version === undefined ? `W/"${digest}"` : `"${version}.${digest}"`;
}

/** By weak comparison, as RFC 9110 has it for If-None-Match. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const bare = etag.replace(/^W\//, '');
  return header.split(',').some((each) => each.trim().replace(/^W\//, '') === bare);
}

function unchanged(reply: FastifyReply): string {
  reply.code(304).removeHeader('content-type').removeHeader('content-length');
  return '';
}
