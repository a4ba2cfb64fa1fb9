import { applyDecorators, Injectable, UseInterceptors, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { parseToken } from '@kernel/consistency-token.js';
import { Watermarks } from '@kernel/ports/watermarks.js';
import type { FastifyRequest } from 'fastify';
import { defer, lastValueFrom, type Observable } from 'rxjs';

/** Longest that a read waits for what its token names, ms. */
const WAIT_MS = 5_000;

/** Makes a read of the read models wait until they show what the caller's Consistency-Token names. */
@Injectable()
class ConsistencyInterceptor implements NestInterceptor {
  constructor(private readonly watermarks: Watermarks) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const header = execution.switchToHttp().getRequest<FastifyRequest>().headers['consistency-token'];
    if (header === undefined) return next.handle();
    const token = parseToken(String(header));
    return defer(async () => {
      await this.watermarks.waitFor(token, WAIT_MS);
      return lastValueFrom(next.handle());
    });
  }
}

/** A route that reads what projections built: it accepts a Consistency-Token and waits for it, bounded. */
export const ConsistentRead = () =>
  applyDecorators(
    UseInterceptors(ConsistencyInterceptor),
    ApiHeader({ name: 'Consistency-Token', required: false, description: 'As a command answered it: the read waits until it can show that command' }),
  );

/** Checks a token's form where nothing has to be waited for: a transactional read sees every answered command as it is. */
@Injectable()
class CurrentReadInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const header = execution.switchToHttp().getRequest<FastifyRequest>().headers['consistency-token'];
    if (header !== undefined) parseToken(String(header));
    return next.handle();
  }
}

/** A route that reads the commands' own database: it accepts a Consistency-Token, and is always up to date. */
export const CurrentRead = () =>
  applyDecorators(
    UseInterceptors(CurrentReadInterceptor),
    ApiHeader({ name: 'Consistency-Token', required: false, description: 'Accepted; this read is always current' }),
  );
