import type { RateLimit } from '@kernel/ports/rate-limiters.js';

/** Limits by name: of an address (`stranger`, and those of single routes), or of a user by role. Null for none. */
export type RateLimits = Readonly<Record<string, RateLimit | null>>;

/** Limits of single routes, by address, for the signed-in as well. */
export const ROUTE_LIMITS = ['sign-in', 'register', 'refresh'] as const;
export type RouteLimit = (typeof ROUTE_LIMITS)[number];

/** No role may have the name of one of these limits: it would have that limit. */
export const isReservedLimit = (name: string): boolean => name === 'stranger' || ROUTE_LIMITS.some((limit) => limit === name);

/** A role that is not named here has the limit of a customer. */
export const DEFAULT_RATE_LIMITS: RateLimits = {
  stranger: { points: 100, durationSeconds: 900 },
  'sign-in': { points: 10, durationSeconds: 60 },
  register: { points: 20, durationSeconds: 3_600 },
  refresh: { points: 30, durationSeconds: 60 },
  customer: { points: 600, durationSeconds: 60 },
  analyst: { points: 1_200, durationSeconds: 60 },
  admin: null,
};

const ENTRY = /^(?<name>[a-z][a-z0-9-]{0,63})=(?:none|(?<points>[1-9]\d{0,8})\/(?<length>[1-9]\d{0,4})(?<unit>[smhd]))$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `stranger=100/15m,admin=none` over the defaults; null for text that is none, or names a limit twice. */
export function parseRateLimits(text: string): RateLimits | null {
  const limits = new Map<string, RateLimit | null>();
  for (const entry of text.split(',')) {
    const { name, points, length, unit } = ENTRY.exec(entry.trim())?.groups ?? {};
    if (name === undefined || limits.has(name)) return null;
    limits.set(name, points === undefined ? null : { points: Number(points), durationSeconds: Number(length) * SECONDS[unit!]! });
  }
  return { ...DEFAULT_RATE_LIMITS, ...Object.fromEntries(limits) };
}

/** The most generous of the limits of somebody's roles. */
export function limitOf(limits: RateLimits, roles: readonly string[]): string {
  const names = roles.map((role) => (Object.hasOwn(limits, role) && !isReservedLimit(role) ? role : 'customer'));
  const rate = (name: string): number => {
    const limit = limits[name];
    return limit ? limit.points / limit.durationSeconds : Infinity;
  };
  return names.reduce((best, name) => (rate(name) > rate(best) ? name : best), names[0] ?? 'customer');
}
