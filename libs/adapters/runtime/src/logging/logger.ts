import { LoggerModule } from 'nestjs-pino';
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';

export interface LogOptions {
  readonly level: string;
  /** `auto` writes for a reader on a terminal, and JSON lines anywhere else. */
  readonly format: 'auto' | 'json' | 'pretty';
}

const SECRETS = ['password', 'passwordHash', 'accessToken', 'token', 'authorization', 'cookie', 'privateKey', 'masterKey', 'connectionString'];

/** Where secrets lie in what is logged: at the top, and in objects two deep (`req.headers.authorization`). */
const REDACTED = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** True where these options write lines for people instead of JSON. */
export const writesForPeople = ({ format }: LogOptions): boolean => format === 'pretty' || (format === 'auto' && process.stdout.isTTY === true);

/** The process's logger: one JSON object a line (`time` in ISO 8601), never with a password or token in it. */
export function createLogger(options: LogOptions, destination: DestinationStream = logDestination(options)): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
  };
  return pino(settings, destination);
}

const logDestination = (options: LogOptions): DestinationStream =>
  writesForPeople(options)
    ? pretty({ colorize: process.stdout.isTTY, translateTime: 'SYS:HH:MM:ss', ignore: 'context', messageFormat: '{if context}{context}: {end}{msg}' })
    : pino.destination({ dest: 1, sync: true });

/** Nest's logger over `logger`. Requests are logged by the HTTP telemetry hook, not by pino-http's middleware on every route. */
export const loggerModule = (logger: Logger) => LoggerModule.forRoot({ pinoHttp: { logger, autoLogging: false }, forRoutes: [] });
