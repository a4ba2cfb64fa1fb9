import { Logger as NestLogger, type LoggerService, type LogLevel } from '@nestjs/common';
import type { Logger } from 'pino';

const LEVELS = { verbose: 'trace', debug: 'debug', log: 'info', warn: 'warn', error: 'error', fatal: 'fatal' } as const;

/**
 * What loggers of Nest's kind write to until an application brings its own: without it their first lines are coloured text, in a log of JSON, too.
 * What Node warns of goes there for good.
 */
export function logEarlyLinesTo(logger: Logger): void {
  NestLogger.overrideLogger(new EarlyLogger(logger));
  // Node's own words about deprecated or odd calls, of packages for the most part: it would print them as text.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ err: warning }, warning.message));
}

class EarlyLogger implements LoggerService {
  private levels: readonly LogLevel[] | undefined;

  constructor(private readonly logger: Logger) {}

  /** Nest calls it as it makes an application, which would otherwise tell of its every route. */
  setLogLevels(levels: LogLevel[]): void {
    this.levels = levels;
  }

  log = this.writerOf('log');
  warn = this.writerOf('warn');
  error = this.writerOf('error');
  fatal = this.writerOf('fatal');
  debug = this.writerOf('debug');
  verbose = this.writerOf('verbose');

  /** Nest's own form: what is said, then whatever belongs to it, and last who says it. */
  private writerOf(level: LogLevel) {
    return (message: unknown, ...more: unknown[]): void => {
      if (this.levels && !this.levels.includes(level)) return;
      const context = more.pop();
      const [stack] = more;
      const error = message instanceof Error ? message : undefined;
      const details = { ...(typeof context === 'string' && { context }), ...(error && { err: error }), ...(typeof stack === 'string' && { stack }) };
      if (typeof message === 'object' && message !== null && !error) this.logger[LEVELS[level]]({ ...details, ...message });
      else this.logger[LEVELS[level]](details, error ? error.message : String(message));
    };
  }
}
