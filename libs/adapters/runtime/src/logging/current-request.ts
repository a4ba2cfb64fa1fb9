import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestScope } from '@kernel/ports/request-context.js';

/** The scope of the request in whose asynchronous calls the code runs. One for the process, so that its logger finds it as well. */
export const currentRequest = new AsyncLocalStorage<RequestScope>();

/** The trace of a W3C traceparent. */
export const traceIdOf = (traceparent: string | null | undefined): string | undefined => traceparent?.split('-')[1];

/** What each log line of a request carries: its id, which the caller has as X-Request-Id, and its trace. */
export function requestFields(): { requestId?: string; traceId?: string } {
  const scope = currentRequest.getStore();
  if (!scope) return {};
  const traceId = traceIdOf(scope.traceparent);
  return { requestId: scope.requestId, ...(traceId && { traceId }) };
}
