import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { isDecimal } from '@kernel/money.js';
import { fitsBcrypt } from './auth/password-rule.js';
import { parseRateLimits, type RateLimits } from './auth/rate-limits.js';
import { StartupError } from './startup-error.js';
import { ratesByCountry, taxRates } from './tax-rates.js';

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most);
const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) => z.enum(words);
const amount = z.string().refine((text) => isDecimal(text) && !text.startsWith('-'));
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** One environment variable: how it is read, what it must be in words, and what it is where it is not set. */
interface Variable<Type extends z.ZodType = z.ZodType> {
  readonly schema: Type;
  readonly must: string;
  readonly fallback?: string;
  /** Never shown in an error. */
  readonly secret?: boolean;
}

const variable = <Type extends z.ZodType>(definition: Variable<Type>): Variable<Type> => definition;

const VARIABLES = {
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

/** The payment service, with what it needs. */
export type PaymentConfig =
  | {
      readonly provider: 'simulated';
      /** How long the simulated service takes over what it does not decide at once, ms. */
      readonly lateMs: number;
    }
  | { readonly provider: 'stripe'; readonly secretKey: string; readonly webhookSecret: string; readonly apiBase?: string };

/** How this process is set up; its own injection token. */
export abstract class Config {
  /** 0 takes a free port. */
  abstract readonly port: number;
  abstract readonly host: string;
  /** Absolute path of everything that this instance keeps. */
  abstract readonly dataDir: string;
  /** Whether to play the demo shop; undefined decides by whether the data directory is empty. */
  abstract readonly demo: boolean | undefined;
  abstract readonly adminEmail: string;
  /** Undefined makes one at the first start. */
  abstract readonly adminPassword: string | undefined;
  abstract readonly rateLimit: boolean;
  abstract readonly rateLimits: RateLimits;
  /** Addresses and networks of the gateways whose X-Forwarded-For is believed. */
  abstract readonly trustedProxies: readonly string[];
  /** Origins of pages that may read answers. */
  abstract readonly corsOrigins: readonly string[];
  abstract readonly logLevel: (typeof LEVELS)[number];
  abstract readonly logFormat: 'auto' | 'json' | 'pretty';
  /** ISO 4217; what prices and orders without a currency of their own are in. */
  abstract readonly shopCurrency: string;
  /** What sending an order costs, a decimal in the shop's currency; undefined sends it for nothing. */
  abstract readonly shippingCost: string | undefined;
  /** The worth of goods from which on sending them costs nothing; undefined for none. */
  abstract readonly shippingFreeFrom: string | undefined;
  /** Percent by canonical country (`canonicalCountry`); `*` stands for every country that is not named. Without either there is no tax. */
  abstract readonly taxRates: Readonly<Record<string, string>>;
  /** Which payment service takes the money. */
  abstract readonly payment: PaymentConfig;
  /** How long an order may wait for its stock and its payment, seconds. */
  abstract readonly paymentDeadlineSeconds: number;
  /** A workflow that should move and has not for so long is told to be stuck, seconds. */
  abstract readonly sagaStuckSeconds: number;
  abstract readonly bcryptCost: number;
  abstract readonly jwtTtlSeconds: number;
  /** How long a session lasts however much it is used, seconds. */
  abstract readonly sessionSeconds: number;
  /** How long a session lasts without being used, seconds. */
  abstract readonly sessionIdleSeconds: number;
  /** What processes share a cache and their counts in; undefined keeps both in memory. May hold a password. */
  abstract readonly redisUrl: string | undefined;
  /** Where traces go; undefined keeps them here. */
  abstract readonly otlpEndpoint: string | undefined;
}

/** Reads the configuration from environment variables; an empty one counts as not set. @throws StartupError naming every bad value at once */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const read = <Type extends z.ZodType>(name: string, { schema, must, fallback, secret }: Variable<Type>): z.output<Type> => {
    const text = environment[name] || fallback;
    const parsed = schema.safeParse(text);
    if (!parsed.success) problems.push(`${name} must ${must}${secret ? '' : `, not "${text}"`}`);
    return parsed.data as z.output<Type>;
  };
  const config: Config = {
    port: read('PORT', VARIABLES.PORT),
    host: read('HOST', VARIABLES.HOST),
    dataDir: resolve(read('DATA_DIR', VARIABLES.DATA_DIR) ?? ''),
    demo: asBoolean(read('DEMO', VARIABLES.DEMO)),
    adminEmail: read('ADMIN_EMAIL', VARIABLES.ADMIN_EMAIL),
    adminPassword: read('ADMIN_PASSWORD', VARIABLES.ADMIN_PASSWORD),
    rateLimit: read('RATE_LIMIT', VARIABLES.RATE_LIMIT) === 'on',
    rateLimits: read('RATE_LIMITS', VARIABLES.RATE_LIMITS),
    trustedProxies: read('TRUSTED_PROXIES', VARIABLES.TRUSTED_PROXIES) ?? [],
    corsOrigins: read('CORS_ORIGINS', VARIABLES.CORS_ORIGINS) ?? [],
    logLevel: read('LOG_LEVEL', VARIABLES.LOG_LEVEL),
    logFormat: read('LOG_FORMAT', VARIABLES.LOG_FORMAT),
    shopCurrency: read('SHOP_CURRENCY', VARIABLES.SHOP_CURRENCY),
    shippingCost: read('SHIPPING_COST', VARIABLES.SHIPPING_COST),
    shippingFreeFrom: read('SHIPPING_FREE_FROM', VARIABLES.SHIPPING_FREE_FROM),
    taxRates: ratesByCountry(read('TAX_RATES', VARIABLES.TAX_RATES) ?? [], problems),
    payment: paymentConfig(read, problems),
    paymentDeadlineSeconds: read('PAYMENT_DEADLINE_SECONDS', VARIABLES.PAYMENT_DEADLINE_SECONDS),
    sagaStuckSeconds: read('SAGA_STUCK_SECONDS', VARIABLES.SAGA_STUCK_SECONDS),
    bcryptCost: read('BCRYPT_COST', VARIABLES.BCRYPT_COST),
    jwtTtlSeconds: read('JWT_TTL_SECONDS', VARIABLES.JWT_TTL_SECONDS),
    sessionSeconds: read('SESSION_SECONDS', VARIABLES.SESSION_SECONDS),
    sessionIdleSeconds: read('SESSION_IDLE_SECONDS', VARIABLES.SESSION_IDLE_SECONDS),
    redisUrl: read('REDIS_URL', VARIABLES.REDIS_URL),
    otlpEndpoint: read('OTEL_EXPORTER_OTLP_ENDPOINT', VARIABLES.OTEL_EXPORTER_OTLP_ENDPOINT),
  };
  if (config.shippingFreeFrom !== undefined && !environment['SHIPPING_COST']) problems.push('SHIPPING_FREE_FROM needs SHIPPING_COST');
  if (problems.length > 0) throw new StartupError(`Bad environment: ${problems.join('; ')}.`);
  return config;
}

type Read = <Type extends z.ZodType>(name: string, variable: Variable<Type>) => z.output<Type>;

function paymentConfig(read: Read, problems: string[]): PaymentConfig {
  const provider = read('PAYMENT_PROVIDER', VARIABLES.PAYMENT_PROVIDER);
  const lateMs = read('SIMULATED_PAYMENT_DELAY_MS', VARIABLES.SIMULATED_PAYMENT_DELAY_MS);
  const secretKey = read('STRIPE_SECRET_KEY', VARIABLES.STRIPE_SECRET_KEY);
  const webhookSecret = read('STRIPE_WEBHOOK_SECRET', VARIABLES.STRIPE_WEBHOOK_SECRET);
  const apiBase = read('STRIPE_API_BASE', VARIABLES.STRIPE_API_BASE);
  if (provider !== 'stripe') return { provider: 'simulated', lateMs };
  if (!secretKey?.trim()) problems.push('PAYMENT_PROVIDER=stripe needs STRIPE_SECRET_KEY');
  if (!webhookSecret?.trim()) problems.push('PAYMENT_PROVIDER=stripe needs STRIPE_WEBHOOK_SECRET');
  return { provider, secretKey: secretKey ?? '', webhookSecret: webhookSecret ?? '', ...(apiBase !== undefined && { apiBase }) };
}

const asBoolean = (word: 'true' | 'false' | undefined): boolean | undefined => (word === undefined ? undefined : word === 'true');

function rateLimits(text: string, context: z.RefinementCtx): RateLimits {
  const limits = parseRateLimits(text);
  if (!limits) context.addIssue({ code: 'custom', message: text });
  return limits ?? {};
}

/** Comma separated; each entry must be one. */
const listOf = (isOne: (entry: string) => boolean) => (text: string, context: z.RefinementCtx) => {
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
function isCurrency(code: string): boolean {
  return Intl.supportedValuesOf('currency').includes(code);
}
