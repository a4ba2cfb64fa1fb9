import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AllowedMethods } from './allowed-methods.js';
import { loggedError } from '../logging/logged-error.js';
import { withoutInput } from '../logging/redaction.js';
import { logFieldsOf } from './request-trace.js';
import { methodNotAllowed, toProblem, unexpected, type Problem } from './problem.js';

export interface ErrorLog {
  error(details: object, message: string): void;
}

/** Turns every error into problem+json; the one place that knows an HTTP status for a refusal. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: ErrorLog,
    private readonly methods: AllowedMethods,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    let found = toProblem(error, request.url);
    if (found?.status === 404 || found?.status === 400) found = this.otherMethod(request, reply) ?? found;
    if (!found) {
      this.report(error, request);
      found = unexpected(request.url, request.id);
    }
    if (typeof found['retryAfterSeconds'] === 'number') reply.header('retry-after', String(found['retryAfterSeconds']));
    void reply.code(found.status).header('content-type', 'application/problem+json').send(JSON.stringify(found));
  }

  /** Without what the request sent, which an error may repeat in its message: names and passwords among it. */
  private report(error: unknown, request: FastifyRequest): void {
    const { method, url, params, query, body, headers } = request;
    const err = loggedError(error, (text) => withoutInput(text, url, params, query, body, Object.values(headers)));
    this.log.error({ err, ...logFieldsOf(request), method, route: request.routeOptions.url }, 'unexpected error');
  }

  /** For a path that is there with other methods than the one that was asked for. */
  private otherMethod({ method, url }: FastifyRequest, reply: FastifyReply): Problem | null {
    const allowed = this.methods.at(url);
    if (allowed.length === 0 || allowed.includes(method)) return null;
    reply.header('allow', allowed.join(', '));
    return methodNotAllowed(url, method, allowed);
  }
}
