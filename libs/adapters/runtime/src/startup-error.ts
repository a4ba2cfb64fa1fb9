/** Why the server cannot start, in one line for the person at the terminal: what is wrong and what to do about it. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

/** Where the start reports what it does; pino's and Nest's loggers fit. */
export interface StartupLog {
  info(message: string): void;
  warn(message: string): void;
}
