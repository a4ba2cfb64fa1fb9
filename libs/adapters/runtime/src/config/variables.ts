import { isIP } from 'node:net';
import { z } from 'zod';
import { isCurrency } from '@kernel/currency.js';
import { isDecimal } from '@kernel/money.js';
import { fitsBcrypt } from '../auth/password-rule.js';
import { parseRateLimits, type RateLimits } from '../auth/rate-limits.js';
import { taxRates } from '../tax-rates.js';
import { variable, type Variable } from './environment.js';

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most);
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) => z.enum(words);
const amount = z.string().refine((text) => isDecimal(text) && !text.startsWith('-'));
export const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** What every process may be told, and the shop with it. */
export const VARIABLES = {
  PORT: variable({ schema: wholeNumber(0, 65_535), must: 'be a port number from 1 to 65535 (0 takes a free one)', fallback: '3000' }),
  HOST: variable({
    schema: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')]),
    must: 'be an IP address of this machine (0.0.0.0 for all)',
    fallback: '127.0.0.1',
  }),
  DATA_DIR: variable({ schema: z.string().refine((path) => !path.includes('\0')), must: 'be a folder', fallback: './var' }),
  DEMO: variable({ schema: z.enum(['true', 'false']).optional(), must: 'be true or false' }),
  ADMIN_EMAIL: variable({ schema: z.email(), must: 'be an email address', fallback: 'admin@nebulocart.example' }),
  ADMIN_PASSWORD: variable({ schema: z.string().refine(fitsBcrypt).optional(), must: 'have 8 to 72 bytes', secret: true }),
  RATE_LIMIT: variable({ schema: oneOf(['on', 'off']), must: 'be on or off', fallback: 'on' }),
  RATE_LIMITS: variable({
    schema: z.string().transform(rateLimits),
    must: 'be limits by name such as "stranger=100/15m,sign-in=10/1m,customer=600/1m,admin=none"',
    fallback: 'admin=none',
  }),
  TRUSTED_PROXIES: variable({
    schema: z.string().transform(addresses).optional(),
    must: 'be addresses or networks such as "10.0.0.0/8,192.168.1.4"',
  }),
  CORS_ORIGINS: variable({
    schema: z.string().transform(origins).optional(),
    must: 'be origins such as "https://shop.example,http://localhost:5173"',
  }),
  LOG_LEVEL: variable({ schema: z.enum(LEVELS), must: `be one of ${LEVELS.join(', ')}`, fallback: 'info' }),
  LOG_FORMAT: variable({ schema: oneOf(['auto', 'json', 'pretty']), must: 'be auto, json or pretty', fallback: 'auto' }),
  SHOP_CURRENCY: variable({ schema: z.string().refine(isCurrency), must: 'be an ISO 4217 currency such as GBP', fallback: 'GBP' }),
  SHIPPING_COST: variable({ schema: amount.optional(), must: 'be a decimal such as 4.95, in the shop’s currency' }),
  SHIPPING_FREE_FROM: variable({ schema: amount.optional(), must: 'be a decimal such as 50, in the shop’s currency' }),
  TAX_RATES: variable({
    schema: z.string().transform(taxRates).optional(),
    must: 'be percentages by country such as "United Kingdom=20,Germany=19,*=0", each from 0 to 100',
  }),
  PAYMENT_PROVIDER: variable({ schema: oneOf(['simulated', 'stripe']), must: 'be simulated or stripe', fallback: 'simulated' }),
  PAYMENT_DEADLINE_SECONDS: variable({
    schema: wholeNumber(1, 604_800),
    must: 'be a whole number of seconds from 1 to 604800',
    fallback: '900',
  }),
  SIMULATED_PAYMENT_DELAY_MS: variable({
    schema: wholeNumber(0, 86_400_000),
    must: 'be a whole number of milliseconds from 0 to 86400000',
    fallback: '2000',
  }),
  STRIPE_SECRET_KEY: variable({ schema: z.string().optional(), must: 'be a secret key of Stripe', secret: true }),
  STRIPE_WEBHOOK_SECRET: variable({ schema: z.string().optional(), must: 'be the secret of a webhook endpoint of Stripe', secret: true }),
  STRIPE_API_BASE: variable({
    schema: z
      .url({ protocol: /^https?$/ })
      .refine((url) => /^\w+:\/\/[^/?#]+\/?$/.test(url))
      .optional(),
    must: 'be an http(s) address without a path',
  }),
  SAGA_STUCK_SECONDS: variable({ schema: wholeNumber(1, 86_400), must: 'be a whole number of seconds from 1 to 86400', fallback: '60' }),
  BCRYPT_COST: variable({ schema: wholeNumber(10, 15), must: 'be a whole number from 10 to 15', fallback: '10' }),
  JWT_TTL_SECONDS: variable({ schema: wholeNumber(30, 86_400), must: 'be a whole number of seconds from 30 to 86400', fallback: '900' }),
  SESSION_SECONDS: variable({
    schema: wholeNumber(60, 31_536_000),
    must: 'be a whole number of seconds from 60 to 31536000',
    fallback: '2592000',
  }),
  SESSION_IDLE_SECONDS: variable({
    schema: wholeNumber(60, 31_536_000),
    must: 'be a whole number of seconds from 60 to 31536000',
    fallback: '604800',
  }),
  REDIS_URL: variable({ schema: z.url({ protocol: /^rediss?$/ }).optional(), must: 'be a redis:// or rediss:// address', secret: true }),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable({ schema: z.url({ protocol: /^https?$/ }).optional(), must: 'be an http(s) address' }),
} satisfies Record<string, Variable>;

function rateLimits(text: string, context: z.RefinementCtx): RateLimits {
  const limits = parseRateLimits(text);
  if (!limits) context.addIssue({ code: 'custom', message: text });
  return limits ?? {};
}

/** Comma separated; each entry must be one. */
export const listOf = (isOne: (entry: string) => boolean) => (text: string, context: z.RefinementCtx) => {
  const entries = text.split(',').map((entry) => entry.trim());
  for (const entry of entries) if (!isOne(entry)) context.addIssue({ code: 'custom', message: entry });
  return entries;
};

function addresses(text: string, context: z.RefinementCtx): string[] {
  return listOf((entry) => {
    const [address = '', prefix, ...more] = entry.split('/');
    const bits = { 4: 32, 6: 128 }[isIP(address)];
    return bits !== undefined && more.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits));
  })(text, context);
}

/** An origin as browsers send it: no path, no default port, no wildcard. */
function origins(text: string, context: z.RefinementCtx): string[] {
  return listOf((entry) => /^https?:/.test(entry) && URL.canParse(entry) && new URL(entry).origin === entry)(text, context);
}

/** True for a currency that this Node's Unicode data knows. */
