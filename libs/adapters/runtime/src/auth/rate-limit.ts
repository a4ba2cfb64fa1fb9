import { isIP } from 'node:net';
import { Injectable, Optional, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { RateLimiters, type RateCount, type RateLimiter } from '@kernel/ports/rate-limiters.js';
import { Refusal } from '@kernel/refusal.js';
import { AuthOptions } from './auth-options.js';
import { identityOf, type IdentifiedRequest } from './identified-request.js';
import { MemoryRateLimiters } from './memory-limiters.js';
import { DEFAULT_RATE_LIMITS, limitOf, type RateLimits, type RouteLimit } from './rate-limits.js';

const ROUTE_LIMIT = 'auth:route-limit';
const UNLIMITED = 'auth:unlimited';

const limited = (limit: RouteLimit) => SetMetadata(ROUTE_LIMIT, limit);

/** Marks the route that tries passwords: it has the tighter limit, for the signed-in as well. */
export const LimitSignIns = () => limited('sign-in');
/** Marks the route that makes accounts. */
export const LimitRegistrations = () => limited('register');
/** Marks the route that takes refresh tokens. */
export const LimitRefreshes = () => limited('refresh');

/** For what machines ask again and again to look after the server: a limit there would report a healthy one as ill. */
export const Unlimited = () => SetMetadata(UNLIMITED, true);

/** What limits a route beside the own limit of the signed-in, and in place of a stranger's; null where nothing limits it at all. */
export function routeLimitOf(handler: object, controller: object): { readonly limit: RouteLimit | undefined } | null {
  if (Reflect.getMetadata(UNLIMITED, handler) === true || Reflect.getMetadata(UNLIMITED, controller) === true) return null;
  return { limit: Reflect.getMetadata(ROUTE_LIMIT, handler) as RouteLimit | undefined };
}

interface Request extends IdentifiedRequest {
  readonly ip: string;
}

interface Reply {
  headers(values: Record<string, string>): unknown;
}

interface Counter {
  readonly name: string;
  readonly points: number;
  readonly policy: string;
  readonly limiter: RateLimiter;
}

/** Second of the three global guards: limits strangers by address and the signed-in by user, and tells them what is left. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly counters = new Map<string, Counter | null>();
  private readonly counted = new WeakSet<object>();
  private readonly limits: RateLimits;
  private readonly limiters: RateLimiters;

  constructor(
    private readonly auth: AuthOptions,
    @Optional() limiters?: RateLimiters,
  ) {
    this.limits = auth.rateLimits ?? DEFAULT_RATE_LIMITS;
    this.limiters = limiters ?? new MemoryRateLimiters();
  }

  /** @throws Refusal `rate-limit.exceeded`; the answer then says in Retry-After how many seconds to wait */
  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    if (!this.auth.rateLimit || this.counted.has(execution.switchToHttp().getRequest())) return true;
    return this.count(execution);
  }

  /** Counts a request before its body is read, and not again after that. */
  countEarly(execution: ExecutionContext): boolean | Promise<boolean> {
    const allowed = this.canActivate(execution);
    this.counted.add(execution.switchToHttp().getRequest());
    return allowed;
  }

  private count(execution: ExecutionContext): boolean | Promise<boolean> {
    const route = routeLimitOf(execution.getHandler(), execution.getClass());
    if (!route) return true;
    const http = execution.switchToHttp();
    const [request, reply] = [http.getRequest<Request>(), http.getResponse<Reply>()];
    const { principal } = identityOf(request);
    // Whoever signs in has a limit for that: what others of the same address have asked for must not keep them out.
    if (!principal && route.limit !== undefined) return this.check(route.limit, networkOf(request.ip), reply);
    const name = principal ? limitOf(this.limits, principal.roles) : 'stranger';
    const own = this.check(name, principal ? principal.id : networkOf(request.ip), reply);
    // Whoever has no limit may make as many accounts as they like; guessing passwords is for nobody.
    if (route.limit === undefined || (route.limit === 'register' && !this.counter(name))) return own;
    // The tighter limit comes last: what it has left is what the caller is told.
    const routeLimit = route.limit;
    const tighter = (): boolean | Promise<boolean> => this.check(routeLimit, networkOf(request.ip), reply);
    return own instanceof Promise ? own.then(tighter) : tighter();
  }

  private check(name: string, key: string, reply: Reply): boolean | Promise<boolean> {
    const counter = this.counter(name);
    if (!counter) return true;
    const count = counter.limiter.hit(key);
    return count instanceof Promise ? count.then((counted) => judge(counter, counted, reply)) : judge(counter, count, reply);
  }

  private counter(name: string): Counter | null {
    let counter = this.counters.get(name);
    if (counter !== undefined) return counter;
    const limit = this.limits[name];
    counter = limit
      ? {
          name,
          points: limit.points,
          policy: `"${name}";q=${limit.points};w=${limit.durationSeconds}`,
          limiter: this.limiters.make({ name, ...limit }),
        }
      : null;
    this.counters.set(name, counter);
    return counter;
  }
}

function judge({ name, points, policy }: Counter, { hits, resetMs }: RateCount, reply: Reply): boolean {
  const reset = String(Math.max(0, Math.ceil(resetMs / 1_000)));
  const remaining = String(Math.max(0, points - hits));
  reply.headers({ 'ratelimit-limit': String(points), 'ratelimit-remaining': remaining, 'ratelimit-reset': reset, 'ratelimit-policy': policy });
  if (hits <= points) return true;
  reply.headers({ 'retry-after': reset });
  throw new Refusal('rate-limit.exceeded', 'rate-limited', `Too many requests; try again in ${reset} s`, { limit: name });
}

/** The address within what gateways write, some with a port: `192.0.2.7:80`, `[2001:db8::1]:80`. */
const WITH_PORT = /^(?:\[(?<six>[^\]]*)\](?::\d+)?|(?<four>[^:]+):\d+)$/;

/** Whom an address stands for: of IPv6 its network of 64 bits, since whoever has one address there has all of them. What is no address is one and the same. */
export function networkOf(told: string): string {
  const { six, four } = WITH_PORT.exec(told)?.groups ?? {};
  const ip = six ?? four ?? told;
  if (!isIP(ip)) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined || !ip.includes(':')) return mapped ?? ip;
  const [head = '', tail] = ip.split('%')[0]!.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - (tail === '' ? 0 : tail.split(':').length));
  const whole = [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])];
  return `${whole
    .slice(0, 4)
    .map((group) => (Number.parseInt(group, 16) || 0).toString(16))
    .join(':')}::/64`;
}
