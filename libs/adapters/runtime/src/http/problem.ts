import { HttpException } from '@nestjs/common';
import { Refusal, type RefusalKind } from '@kernel/refusal.js';

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** RFC 9457, with a stable `code` and every error of the request at once. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly instance: string;
  readonly errors?: readonly FieldError[];
  readonly [extension: string]: unknown;
}

const STATUS: Record<RefusalKind, number> = {
  conflict: 409,
  invalid: 400,
  'not-found': 404,
  forbidden: 403,
  unauthenticated: 401,
  stale: 412,
  'key-reused': 422,
  'in-flight': 409,
  'rate-limited': 429,
  unavailable: 503,
};

export const TITLES: Record<number, string> = {
  400: 'The request is not valid',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'The current state does not allow it',
  412: 'It has changed since it was read',
  413: 'The request is too large',
  415: 'This media type is not read here',
  422: 'The request cannot be processed',
  408: 'The request took too long',
  429: 'Too many requests',
  431: 'The headers are too long',
  500: 'Something went wrong here',
  503: 'Not now',
};

export function problem(status: number, code: string, detail: string, instance: string, more: Record<string, unknown> = {}): Problem {
  const standard = { type: `urn:nebulocart:problem:${code}`, title: TITLES[status] ?? 'The request failed', status, detail, code, instance };
  // A refusal's facts are extension members; none of them can pass for a standard one.
  return { ...standard, ...more, ...standard };
}

/** Any error as a problem; null for one that is nobody's fault but ours, which says nothing of its insides. */
export function toProblem(error: unknown, instance: string): Problem | null {
  if (error instanceof Refusal) return problem(STATUS[error.kind], error.code, error.message, instance, error.details);
  if (error instanceof HttpException) {
    return problem(error.getStatus(), httpCode(error.getStatus()), httpDetail(error, instance), instance);
  }
  // Nesting so deep that walking it overflows the stack is nobody's honest body.
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return problem(400, 'request.malformed', 'The body is nested too deeply', instance);
  }
  const status = (error as { statusCode?: number }).statusCode;
  if (status !== undefined && status >= 400 && status < 500) return problem(status, httpCode(status), (error as Error).message, instance);
  return null;
}

export const unexpected = (instance: string, requestId: string): Problem =>
  problem(500, 'unexpected', `An unexpected error happened; the log has it under request ${requestId}`, instance);

export const methodNotAllowed = (instance: string, method: string, allowed: readonly string[]): Problem =>
  problem(405, 'route.method-not-allowed', `There is no ${method} here, only ${allowed.join(', ')}`, instance);

const CODES: Record<number, string> = { 404: 'route.not-found', 413: 'request.too-large', 415: 'request.media-type', 429: 'rate-limit.exceeded' };
const httpCode = (status: number): string => CODES[status] ?? 'request.malformed';
const httpDetail = (error: HttpException, instance: string): string =>
  error.getStatus() === 404 ? `There is nothing at ${instance.split('?')[0]}` : error.message;
