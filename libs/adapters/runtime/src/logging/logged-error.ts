/** What a log keeps of an error. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  /** Of a system call or a database. */
  readonly code?: string;
  readonly constraint?: string;
  readonly cause?: LoggedError;
}

/** Postgres' class of errors about a value, which their messages repeat in quotes. */
const ABOUT_A_VALUE = /^22/;
const QUOTED = /"[^"]*"|'[^']*'/g;
const MOST_CAUSES = 3;

/**
 * An error for the log: what it is and where it came from. Anything else that hangs on an error stays out, since a database puts the
 * row that it refused there (`detail`), and a client the request with its headers.
 */
export function loggedError(error: unknown, redact: (text: string) => string = (text) => text, depth = 0): LoggedError | string {
  if (!(error instanceof Error)) return redact(String(error));
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  const shown = typeof code === 'string' && ABOUT_A_VALUE.test(code) ? error.message.replace(QUOTED, '"…"') : error.message;
  const cause = error.cause instanceof Error && depth < MOST_CAUSES ? (loggedError(error.cause, redact, depth + 1) as LoggedError) : undefined;
  return {
    type: error.name,
    message: redact(shown),
    stack: frames(error),
    ...(typeof code === 'string' && { code }),
    ...(typeof constraint === 'string' && { constraint }),
    ...(cause && { cause }),
  };
}

/** The places alone: a stack begins with the message. */
const frames = ({ stack = '' }: Error): string =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
