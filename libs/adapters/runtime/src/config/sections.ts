import type { RateLimits } from '../auth/rate-limits.js';
import { ratesByCountry } from '../tax-rates.js';
import type { Environment } from './environment.js';
import { VARIABLES, type LEVELS } from './variables.js';

/** What every process has: a port, a log, and others that it may share with. */
export interface ProcessConfig {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  readonly logLevel: (typeof LEVELS)[number];
  readonly logFormat: 'auto' | 'json' | 'pretty';
  /** What processes share a cache and their counts in; undefined keeps both in memory. May hold a password. */
  readonly redisUrl: string | undefined;
  /** Where traces go; undefined keeps them here. */
  readonly otlpEndpoint: string | undefined;
}

export const processSection = (environment: Environment): ProcessConfig => ({
  port: environment.read('PORT', VARIABLES.PORT),
  host: environment.read('HOST', VARIABLES.HOST),
  logLevel: environment.read('LOG_LEVEL', VARIABLES.LOG_LEVEL),
  logFormat: environment.read('LOG_FORMAT', VARIABLES.LOG_FORMAT),
  redisUrl: environment.read('REDIS_URL', VARIABLES.REDIS_URL),
  otlpEndpoint: environment.read('OTEL_EXPORTER_OTLP_ENDPOINT', VARIABLES.OTEL_EXPORTER_OTLP_ENDPOINT),
});

/** What an edge to the world must know of it. */
export interface EdgeConfig {
  readonly rateLimit: boolean;
  readonly rateLimits: RateLimits;
  /** Addresses and networks of the gateways whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Origins of pages that may read answers. */
  readonly corsOrigins: readonly string[];
}

export const edgeSection = (environment: Environment): EdgeConfig => ({
  rateLimit: environment.read('RATE_LIMIT', VARIABLES.RATE_LIMIT) === 'on',
  rateLimits: environment.read('RATE_LIMITS', VARIABLES.RATE_LIMITS),
  trustedProxies: environment.read('TRUSTED_PROXIES', VARIABLES.TRUSTED_PROXIES) ?? [],
  corsOrigins: environment.read('CORS_ORIGINS', VARIABLES.CORS_ORIGINS) ?? [],
});

/** Signing in and staying signed in. */
export interface TokenConfig {
  readonly bcryptCost: number;
  readonly jwtTtlSeconds: number;
  /** How long a session lasts however much it is used, seconds. */
  readonly sessionSeconds: number;
  /** How long a session lasts without being used, seconds. */
  readonly sessionIdleSeconds: number;
}

export const tokenSection = (environment: Environment): TokenConfig => ({
  bcryptCost: environment.read('BCRYPT_COST', VARIABLES.BCRYPT_COST),
  jwtTtlSeconds: environment.read('JWT_TTL_SECONDS', VARIABLES.JWT_TTL_SECONDS),
  sessionSeconds: environment.read('SESSION_SECONDS', VARIABLES.SESSION_SECONDS),
  sessionIdleSeconds: environment.read('SESSION_IDLE_SECONDS', VARIABLES.SESSION_IDLE_SECONDS),
});

/** The payment service, with what it needs. */
export type PaymentConfig =
  | {
      readonly provider: 'simulated';
      /** How long the simulated service takes over what it does not decide at once, ms. */
      readonly lateMs: number;
    }
  | { readonly provider: 'stripe'; readonly secretKey: string; readonly webhookSecret: string; readonly apiBase?: string };

/** How the shop's workflows are paced. */
export interface WorkflowConfig {
  /** How long an order may wait for its stock and its payment, seconds. */
  readonly paymentDeadlineSeconds: number;
  /** A workflow that should move and has not for so long is told to be stuck, seconds. */
  readonly sagaStuckSeconds: number;
}

export const workflowSection = (environment: Environment): WorkflowConfig => ({
  paymentDeadlineSeconds: environment.read('PAYMENT_DEADLINE_SECONDS', VARIABLES.PAYMENT_DEADLINE_SECONDS),
  sagaStuckSeconds: environment.read('SAGA_STUCK_SECONDS', VARIABLES.SAGA_STUCK_SECONDS),
});

/** What the shop sells by. */
export interface ShopConfig {
  /** ISO 4217; what prices and orders without a currency of their own are in. */
  readonly shopCurrency: string;
  /** What sending an order costs, a decimal in the shop's currency; undefined sends it for nothing. */
  readonly shippingCost: string | undefined;
  /** The worth of goods from which on sending them costs nothing; undefined for none. */
  readonly shippingFreeFrom: string | undefined;
  /** Percent by canonical country (`canonicalCountry`); `*` stands for every country that is not named. Without either there is no tax. */
  readonly taxRates: Readonly<Record<string, string>>;
  /** Which payment service takes the money; where none is taken, the one that needs nothing. */
  readonly payment: PaymentConfig;
}

const NO_PAYMENTS: PaymentConfig = { provider: 'simulated', lateMs: 0 };

/** @param takesPayments false in a process that has no use for the keys of a payment service, and is not asked for them */
export function shopSection(environment: Environment, takesPayments = true): ShopConfig {
  const shop = {
    shopCurrency: environment.read('SHOP_CURRENCY', VARIABLES.SHOP_CURRENCY),
    shippingCost: environment.read('SHIPPING_COST', VARIABLES.SHIPPING_COST),
    shippingFreeFrom: environment.read('SHIPPING_FREE_FROM', VARIABLES.SHIPPING_FREE_FROM),
    taxRates: taxSection(environment),
    payment: takesPayments ? paymentSection(environment) : NO_PAYMENTS,
  };
  if (shop.shippingFreeFrom !== undefined && !environment.isSet('SHIPPING_COST')) environment.problem('SHIPPING_FREE_FROM needs SHIPPING_COST');
  return shop;
}

function taxSection(environment: Environment): Record<string, string> {
  const problems: string[] = [];
  const rates = ratesByCountry(environment.read('TAX_RATES', VARIABLES.TAX_RATES) ?? [], problems);
  for (const problem of problems) environment.problem(problem);
  return rates;
}

function paymentSection(environment: Environment): PaymentConfig {
  const provider = environment.read('PAYMENT_PROVIDER', VARIABLES.PAYMENT_PROVIDER);
  const lateMs = environment.read('SIMULATED_PAYMENT_DELAY_MS', VARIABLES.SIMULATED_PAYMENT_DELAY_MS);
  const secretKey = environment.read('STRIPE_SECRET_KEY', VARIABLES.STRIPE_SECRET_KEY);
  const webhookSecret = environment.read('STRIPE_WEBHOOK_SECRET', VARIABLES.STRIPE_WEBHOOK_SECRET);
  const apiBase = environment.read('STRIPE_API_BASE', VARIABLES.STRIPE_API_BASE);
  if (provider !== 'stripe') return { provider: 'simulated', lateMs };
  if (!secretKey?.trim()) environment.problem('PAYMENT_PROVIDER=stripe needs STRIPE_SECRET_KEY');
  if (!webhookSecret?.trim()) environment.problem('PAYMENT_PROVIDER=stripe needs STRIPE_WEBHOOK_SECRET');
  return { provider, secretKey: secretKey ?? '', webhookSecret: webhookSecret ?? '', ...(apiBase !== undefined && { apiBase }) };
}
