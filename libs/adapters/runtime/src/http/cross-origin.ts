import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

const EXPOSED = [
  'ETag',
  'Location',
  'Consistency-Token',
  'Idempotent-Replayed',
  'Preference-Applied',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
];
const ASKED_WITH = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Consistency-Token',
  'Prefer',
  'X-Correlation-Id',
  'Traceparent',
];
/** How long a browser may remember what it may ask, seconds. */
const REMEMBER = 600;

/** Lets pages of these origins ask and read. No cookie is ever read here, so no page needs credentials. */
export async function allowOrigins(server: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await server.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ASKED_WITH,
    exposedHeaders: EXPOSED,
    maxAge: REMEMBER,
    credentials: false,
  });
}
