import { applyDecorators, Injectable, UseInterceptors, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { heldBack, preferredWait } from '@adapters/runtime/src/http/prefer.js';
import { formatToken } from '@kernel/consistency-token.js';
import { mergeMap, type Observable } from 'rxjs';
import type { OrderAnswer } from '../orders.js';
import { SettledOrders } from './settled-orders.js';

/** Longest that an answer waits, seconds. */
const MOST_WAIT = 30;

interface Request {
  readonly headers: { readonly prefer?: string | string[] };
}
interface Reply {
  header(name: string, value: string): unknown;
}

/** Holds an answer back, as its caller prefers, until the workflow has settled the order: it is answered as it then stands. */
@Injectable()
class AnswerWhenSettled implements NestInterceptor {
  constructor(private readonly orders: SettledOrders) {}

  intercept(execution: ExecutionContext, next: CallHandler<OrderAnswer>): Observable<unknown> {
    const http = execution.switchToHttp();
    const request = http.getRequest<Request>();
    const seconds = preferredWait(request.headers.prefer, MOST_WAIT);
    if (seconds === null) return next.handle();
    return next.handle().pipe(mergeMap((answer) => this.settled(answer, seconds, request, http.getResponse<Reply>())));
  }

  private async settled(answer: OrderAnswer, seconds: number, request: Request, reply: Reply): Promise<object> {
    reply.header('preference-applied', `wait=${seconds}`);
    const begun = performance.now();
    const order = await this.orders.whenSettled(answer.id, seconds * 1_000).finally(() => heldBack(request, performance.now() - begun));
    if (!order) return answer;
    const { status, version, reason, eventId } = order;
    reply.header('etag', `"${version}"`);
    reply.header('consistency-token', formatToken({ ordering: eventId }));
    return { ...answer, status, version, ...(reason !== null && { reason }) };
  }
}

/**
 * A command route about an order that honours `Prefer: wait=<seconds>` (RFC 7240). Waiting is outermost, so that the repeat of a request waits as well,
 * and holds no claim on its Idempotency-Key meanwhile.
 */
export const SettlingRoute = (context: string) =>
  applyDecorators(
    UseInterceptors(AnswerWhenSettled),
    CommandRoute(context),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: `\`wait=N\`: answer once the order is confirmed or cancelled, after N seconds (at most ${MOST_WAIT}) as it stands`,
    }),
  );
