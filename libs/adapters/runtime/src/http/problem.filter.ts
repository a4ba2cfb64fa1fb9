import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toProblem, unexpected } from './problem.js';

export interface ErrorLog {
  error(details: object, message: string): void;
}

/** Turns every error into problem+json; the one place that knows an HTTP status for a refusal. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: ErrorLog) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    let found = toProblem(error, request.url);
    if (!found) {
      this.log.error({ err: error, requestId: request.id, method: request.method, route: request.routeOptions.url }, 'unexpected error');
      found = unexpected(request.url, request.id);
    }
    void reply.code(found.status).header('content-type', 'application/problem+json').send(JSON.stringify(found));
  }
}
