import { resolve } from 'node:path';
import { z } from 'zod';
import { fitsBcrypt } from './auth/password-rule.js';
import { StartupError } from './startup-error.js';

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most);
const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) => z.enum(words);
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
  LOG_LEVEL: variable({ schema: z.enum(LEVELS), must: `be one of ${LEVELS.join(', ')}`, fallback: 'info' }),
  LOG_FORMAT: variable({ schema: oneOf(['auto', 'json', 'pretty']), must: 'be auto, json or pretty', fallback: 'auto' }),
  SHOP_CURRENCY: variable({ schema: z.string().refine(isCurrency), must: 'be an ISO 4217 currency such as GBP', fallback: 'GBP' }),
  BCRYPT_COST: variable({ schema: wholeNumber(10, 15), must: 'be a whole number from 10 to 15', fallback: '10' }),
  JWT_TTL_SECONDS: variable({ schema: wholeNumber(30, 86_400), must: 'be a whole number of seconds from 30 to 86400', fallback: '900' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable({ schema: z.url({ protocol: /^https?$/ }).optional(), must: 'be an http(s) address' }),
} satisfies Record<string, Variable>;

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
  abstract readonly logLevel: (typeof LEVELS)[number];
  abstract readonly logFormat: 'auto' | 'json' | 'pretty';
  /** ISO 4217; what prices and orders without a currency of their own are in. */
  abstract readonly shopCurrency: string;
  abstract readonly bcryptCost: number;
  abstract readonly jwtTtlSeconds: number;
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
    logLevel: read('LOG_LEVEL', VARIABLES.LOG_LEVEL),
    logFormat: read('LOG_FORMAT', VARIABLES.LOG_FORMAT),
    shopCurrency: read('SHOP_CURRENCY', VARIABLES.SHOP_CURRENCY),
    bcryptCost: read('BCRYPT_COST', VARIABLES.BCRYPT_COST),
    jwtTtlSeconds: read('JWT_TTL_SECONDS', VARIABLES.JWT_TTL_SECONDS),
    otlpEndpoint: read('OTEL_EXPORTER_OTLP_ENDPOINT', VARIABLES.OTEL_EXPORTER_OTLP_ENDPOINT),
  };
  if (problems.length > 0) throw new StartupError(`Bad environment: ${problems.join('; ')}.`);
  return config;
}

const asBoolean = (word: 'true' | 'false' | undefined): boolean | undefined => (word === undefined ? undefined : word === 'true');

/** True for a currency that this Node's Unicode data knows. */
function isCurrency(code: string): boolean {
  return Intl.supportedValuesOf('currency').includes(code);
}
