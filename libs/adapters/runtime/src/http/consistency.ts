import { applyDecorators, Injectable, UseInterceptors, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ApiConflictResponse, ApiHeader } from '@nestjs/swagger';
import { parseToken } from '@kernel/consistency-token.js';
import { Watermarks } from '@kernel/ports/watermarks.js';
import type { FastifyRequest } from 'fastify';
import { defer, lastValueFrom, type Observable } from 'rxjs';

const ENTRY = '[a-z]+=[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const tokenHeader = (description: string) =>
  ApiHeader({
    name: 'Consistency-Token',
    required: false,
    description,
    schema: { type: 'string', pattern: `^${ENTRY}(?:,${ENTRY})*$`, example: 'ordering=0199f3a2-7c1e-7d53-9f54-2f0f6a3b1c2d' },
  });

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
    tokenHeader('As a command answered it: the read waits until it can show that command'),
    // An event that is not there yet when the wait is over.
    ApiConflictResponse({ description: 'consistency-token.timeout' }),
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

/** A route that reads the commands' own database: current by itself, but for lists where a replica answers those that name no token. */
export const CurrentRead = () =>
  applyDecorators(UseInterceptors(CurrentReadInterceptor), tokenHeader('As a command answered it: the read shows that command'));
