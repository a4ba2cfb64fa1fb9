import { RouteConfig } from '@nestjs/platform-fastify';

/** Import batches are the largest bodies that any route takes. */
const LARGE = 8 * 1024 * 1024;

/** A route that takes bodies of up to 8 MiB; only for callers with a permission that few have, and for validation that stops early. */
export const LargeBody = () => RouteConfig({ bodyLimit: LARGE });
