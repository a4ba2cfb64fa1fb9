import type { RateLimits } from './rate-limits.js';

const DAY_SECONDS = 86_400;

type Defaulted = 'lockout' | 'sessionSeconds' | 'sessionIdleSeconds';

/** Sessions last 30 days, or 7 without use, where nothing else is said. */
export type AuthSettings = Omit<AuthOptions, Defaulted> & Partial<Pick<AuthOptions, Defaulted>>;

/** How this process tells who is asking; its own injection token. */
export class AuthOptions {
  /** The first signing key, RSA, PEM (PKCS #8). Later ones come by rotation. Undefined where tokens are verified and none is signed. */
  readonly privateKey?: string;
  /** How long an access token is good for, seconds. */
  readonly ttlSeconds: number;
  /** How long a session lasts however much it is used, seconds. */
  readonly sessionSeconds: number;
  /** How long a session lasts without being used, seconds. */
  readonly sessionIdleSeconds: number;
  /** bcrypt's cost, at least 10. */
  readonly bcryptCost: number;
  /** False turns the request limits off, and the lock-out with them unless `lockout` says otherwise. */
  readonly rateLimit: boolean;
  /** Whether failed sign-ins slow down the next. */
  readonly lockout: boolean;
  /** What the limits are; the usual ones where it is left out. */
  readonly rateLimits?: RateLimits;

  constructor(settings: AuthSettings) {
    if (settings.bcryptCost < 10) throw new RangeError('bcrypt cost must be at least 10');
    Object.assign(this, { lockout: settings.rateLimit, sessionSeconds: 30 * DAY_SECONDS, sessionIdleSeconds: 7 * DAY_SECONDS, ...settings });
  }
}

export const TOKEN_ISSUER = 'nebulocart';
export const TOKEN_AUDIENCE = 'nebulocart-api';
/** The only algorithm accepted: whoever lets the token choose lets a public key pass for an HMAC secret. */
export const TOKEN_ALGORITHM = 'RS256';
