import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { StartupError } from '@adapters/runtime/src/startup-error.js';

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
/** Threads that libuv has where nobody says otherwise; every statement that runs holds one. */
const THREADS = '4';
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

const SCHEMA = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: whole(0, 65_535).default(8123),
    DATA_DIR: z.string().default('./var'),
    CLICKHOUSE_USER: z.string().default('default'),
    CLICKHOUSE_PASSWORD: z.string().optional(),
    STATEMENTS: whole(1, 64).default(8),
    UV_THREADPOOL_SIZE: whole(1, 1024).default(Number(THREADS)),
    MAX_BODY_MB: whole(1, 500).default(256),
    MAX_SECONDS: whole(1, 86_400).default(900),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  })
  .refine(({ HOST, CLICKHOUSE_PASSWORD }) => CLICKHOUSE_PASSWORD !== undefined || LOOPBACK.includes(HOST), {
    path: ['CLICKHOUSE_PASSWORD'],
    message: 'must be set where others reach this port (HOST is not the loopback)',
  })
  .refine(({ STATEMENTS, UV_THREADPOOL_SIZE }) => UV_THREADPOOL_SIZE > STATEMENTS, {
    path: ['UV_THREADPOOL_SIZE'],
    message: 'must be greater than STATEMENTS: each statement that runs holds a thread',
  });

export interface FrontConfig {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly dataDir: string;
  readonly user: string;
  readonly password: string | undefined;
  /** Statements that run side by side. */
  readonly statements: number;
  readonly maxBodyBytes: number;
  /** Longest run of a statement that says nothing else. */
  readonly maxSeconds: number;
  readonly logLevel: string;
}

/** Reads the configuration; an empty variable counts as not set, a secret may be in a file. @throws StartupError naming every bad value at once */
export function readFrontConfig(environment: NodeJS.ProcessEnv): FrontConfig {
  const problems: string[] = [];
  const given: Record<string, string> = {};
  for (const name of Object.keys(SCHEMA.shape)) {
    const value = environment[name] || fromFile(name, environment[`${name}_FILE`], problems);
    if (value) given[name] = value;
  }
  const parsed = SCHEMA.safeParse(given);
  // Never the value: it may be the password.
  if (!parsed.success) problems.push(...parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`));
  if (problems.length > 0 || !parsed.success) throw new StartupError(`Bad environment: ${problems.join('; ')}.`);
  const { data } = parsed;
  return {
    host: data.HOST,
    port: data.PORT,
    dataDir: resolve(data.DATA_DIR),
    user: data.CLICKHOUSE_USER,
    password: data.CLICKHOUSE_PASSWORD,
    statements: data.STATEMENTS,
    maxBodyBytes: data.MAX_BODY_MB << 20,
    maxSeconds: data.MAX_SECONDS,
    logLevel: data.LOG_LEVEL,
  };
}

function fromFile(name: string, file: string | undefined, problems: string[]): string | undefined {
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    problems.push(`${name}_FILE ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
    return undefined;
  }
}
