import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiHeader } from '@nestjs/swagger';
import { formatToken } from '@kernel/consistency-token.js';
import { once } from '@kernel/once.js';
import { EventStores, type CommandOutcome, type EventStore } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { RequestContext, type IdempotencyClaim } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { defer, lastValueFrom, type Observable } from 'rxjs';

const CONTEXT = 'http:command-context';
const KEY = /^[\x21-\x7e]{1,255}$/;
/** A command's ETag is the version; a read's has more behind it. */
const ETAG = /^"(\d{1,9})(?:\.[\w-]{1,64})?"$/;

/**
 * Carries out what every command route promises: the outcome's status, `Location`, `ETag` and `Consistency-Token`,
 * `If-Match`, and one effect for each Idempotency-Key of a principal and route.
 */
@Injectable()
class CommandInterceptor implements NestInterceptor {
  /** Claims that this process works on. Another process' are seen by the receipt's lock in the store. */
  private readonly inFlight = new Set<string>();

  constructor(
    private readonly stores: EventStores,
    private readonly scope: RequestContext,
    private readonly personalData: PersonalData,
    private readonly reflector: Reflector,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = execution.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const scope = this.scope.current();
    scope.expectedVersion = ifMatch(request.headers['if-match']);
    scope.idempotency = this.claim(request);
    const handle = () => lastValueFrom(next.handle()) as Promise<CommandOutcome>;
    const claim = scope.idempotency;
    const store = this.storeFor(this.reflector.get<CommandContext>(CONTEXT, execution.getHandler()), request);
    return defer(async () => answer(http.getResponse<FastifyReply>(), claim ? await this.alone(claim, store, handle) : await handle()));
  }

  private storeFor(context: CommandContext, request: FastifyRequest): EventStore {
    if (typeof context === 'string') return this.stores.store(context);
    const named = (request.params as Record<string, string>)[context.parameter] ?? '';
    const contexts = this.stores.contexts();
    if (!contexts.includes(named)) {
      throw new Refusal('context.not-found', 'not-found', `There is no context ${named} here, but ${contexts.join(', ')}`, { contexts });
    }
    return this.stores.store(named);
  }

  private claim(request: FastifyRequest): IdempotencyClaim | null {
    const key = request.headers['idempotency-key'];
    if (key === undefined) return null;
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw new Refusal('idempotency.key-malformed', 'invalid', 'Idempotency-Key must be 1 to 255 visible ASCII characters', {
        header: 'Idempotency-Key',
      });
    }
    return {
      principal: this.scope.current().principal?.id ?? 'stranger',
      route: `${request.method} ${request.routeOptions.url}`,
      key,
      // The path is part of what was asked: the same body sent to another order is another request. Keyed, since a body can hold
      // a password, which a plain digest kept in a receipt would give away to whoever guesses fast.
      bodyDigest: this.personalData.lookupHash(`${request.url}\n${JSON.stringify(request.body ?? null)}`),
    };
  }

  private async alone(claim: IdempotencyClaim, store: EventStore, handle: () => Promise<CommandOutcome>): Promise<CommandOutcome> {
    const id = JSON.stringify([claim.principal, claim.route, claim.key]);
    if (this.inFlight.has(id)) {
      throw new Refusal('idempotency.in-flight', 'in-flight', 'A request with this Idempotency-Key is being worked on: try again shortly');
    }
    this.inFlight.add(id);
    try {
      return await once(store, claim, handle);
    } finally {
      this.inFlight.delete(id);
    }
  }
}

function answer(reply: FastifyReply, outcome: CommandOutcome): unknown {
  reply.code(outcome.status);
  if (outcome.location) reply.header('location', outcome.location);
  if (outcome.version !== undefined) reply.header('etag', `"${outcome.version}"`);
  if (outcome.token && Object.keys(outcome.token).length > 0) reply.header('consistency-token', formatToken(outcome.token));
  if (outcome.replayed) reply.header('idempotent-replayed', 'true');
  return outcome.body;
}

function ifMatch(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '*') return null;
  const match = ETAG.exec(header.trim());
  if (!match) throw new Refusal('if-match.malformed', 'invalid', 'If-Match must be one ETag as it was answered, such as "3"', { header: 'If-Match' });
  return Number(match[1]);
}

/** Whether a handler is a `CommandRoute`. */
export const isCommandRoute = (handler: object): boolean => Reflect.hasMetadata(CONTEXT, handler);

/** The context whose command a route issues: one, or that which a parameter of its path names. */
type CommandContext = string | { readonly parameter: string };

/** A route that issues one command of a context and answers with a `CommandOutcome`. */
export const CommandRoute = (context: CommandContext) =>
  applyDecorators(
    SetMetadata(CONTEXT, context),
    UseInterceptors(CommandInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'At most one effect for each key: a repeat is answered as the first time',
      schema: { type: 'string', pattern: KEY.source, example: 'cart-4711' },
    }),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'The ETag that the decision was made on; 412 when it has moved on',
      schema: { type: 'string', pattern: String.raw`^(?:\*|"[0-9]{1,9}(?:[.][A-Za-z0-9_-]{1,64})?")$`, example: '"3"' },
    }),
  );
