import { LoggerModule } from 'nestjs-pino';
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { requestFields } from './current-request.js';
import { loggedError } from './logged-error.js';
import { redaction, withoutSecrets } from './redaction.js';

export interface LogOptions {
  readonly level: string;
  /** `auto` writes for a reader on a terminal, and JSON lines anywhere else. */
  readonly format: 'auto' | 'json' | 'pretty';
  /** What this process is, said in every line where there are several kinds. */
  readonly role?: string;
}

/** True where these options write lines for people instead of JSON. */
export const writesForPeople = ({ format }: LogOptions): boolean => format === 'pretty' || (format === 'auto' && process.stdout.isTTY === true);

/** An error may come as the filter has prepared it already. */
const serialised = (error: unknown): unknown => (error instanceof Error ? loggedError(error) : error);

/** The process's logger: one JSON object a line (`time` in ISO 8601), with the request that it belongs to, never with a password or token in it. */
export function createLogger(options: LogOptions, destination: DestinationStream = logDestination(options)): Logger {
  const settings = {
    level: options.level,
    base: options.role === undefined ? null : { role: options.role },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: redaction,
    mixin: requestFields,
    serializers: { err: serialised, error: serialised },
    hooks: { streamWrite: withoutSecrets },
  };
  return pino(settings, destination);
}

const logDestination = (options: LogOptions): DestinationStream =>
  writesForPeople(options)
    ? pretty({ colorize: process.stdout.isTTY, translateTime: 'SYS:HH:MM:ss', ignore: 'context', messageFormat: '{if context}{context}: {end}{msg}' })
    : pino.destination({ dest: 1, sync: true });

/** Nest's logger over `logger`. Requests are logged by the HTTP telemetry hook, not by pino-http's middleware on every route. */
export const loggerModule = (logger: Logger) => LoggerModule.forRoot({ pinoHttp: { logger, autoLogging: false }, forRoutes: [] });
