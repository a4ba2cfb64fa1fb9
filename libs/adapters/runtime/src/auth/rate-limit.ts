import { Injectable, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  SkipThrottle,
  ThrottlerGuard,
  minutes,
  type ThrottlerModuleOptions,
  type ThrottlerOptions,
  type ThrottlerRequest,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import { Refusal } from '@kernel/refusal.js';
import { AuthOptions } from './auth-options.js';
import { identityOf, type IdentifiedRequest } from './identified-request.js';

const SIGN_IN = 'auth:sign-in';

/** Marks the route that tries passwords: it has the tighter limit, for the signed-in as well. */
export const LimitSignIns = () => SetMetadata(SIGN_IN, true);

/** For what machines ask again and again to look after the server: a limit there would report a healthy one as ill. */
export const Unlimited = () => SkipThrottle({ stranger: true });

const isSignIn = (execution: ExecutionContext): boolean => Reflect.getMetadata(SIGN_IN, execution.getHandler()) === true;
const isSignedIn = (execution: ExecutionContext): boolean => identityOf(execution.switchToHttp().getRequest<IdentifiedRequest>()).principal !== null;

/** Sliding windows, by IP address: without `blockDuration: 0` one request too many would shut an address out for a whole window. */
export const limits: ThrottlerOptions[] = [
  { name: 'sign-in', limit: 10, ttl: minutes(1), blockDuration: 0, skipIf: (execution) => !isSignIn(execution) },
  { name: 'stranger', limit: 100, ttl: minutes(15), blockDuration: 0, skipIf: isSignedIn },
];

interface Reply {
  getHeader(name: string): unknown;
  headers(values: Record<string, string>): unknown;
}

/** Second of the three global guards: limits strangers and sign-ins, and tells them what is left. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly auth: AuthOptions,
  ) {
    super(options, storage, reflector);
  }

  /** @throws Refusal `rate-limit.exceeded`; the answer then says in Retry-After how many seconds to wait */
  override async canActivate(execution: ExecutionContext): Promise<boolean> {
    if (!this.auth.rateLimit || (isSignedIn(execution) && !isSignIn(execution))) return true;
    return super.canActivate(execution);
  }

  protected override async handleRequest({ context, limit, ttl, blockDuration, throttler }: ThrottlerRequest): Promise<boolean> {
    const { req, res } = this.getRequestResponse(context) as unknown as { req: Record<string, unknown>; res: Reply };
    const name = throttler.name!;
    const hits = await this.storageService.increment(`${name} ${await this.getTracker(req)}`, ttl, limit, blockDuration, name);
    const wait = String(hits.isBlocked ? hits.timeToBlockExpire : hits.timeToExpire);
    const remaining = Math.max(0, limit - hits.totalHits);
    const tightest = Number(res.getHeader('RateLimit-Remaining') ?? Infinity);
    if (remaining < tightest) res.headers({ 'RateLimit-Limit': String(limit), 'RateLimit-Remaining': String(remaining), 'RateLimit-Reset': wait });
    if (!hits.isBlocked) return true;
    res.headers({ 'Retry-After': wait });
    throw new Refusal('rate-limit.exceeded', 'rate-limited', `Too many requests from this address; try again in ${wait} s`, { limit: name });
  }
}
