import { StartupError } from '@adapters/runtime/src/startup-error.js';
import { isUnavailable } from '@kernel/refusal.js';

/** Of a start that failed for want of what comes back by itself, such as a database that did not answer: whoever keeps the process starts it again. EX_TEMPFAIL of sysexits(3). */
export const TRY_AGAIN = 75;

/** Ends the process with one line that says what to do; an error that nobody foresaw shows where it came from. */
export function fail(error: unknown): never {
  const isTold = error instanceof StartupError || isUnavailable(error);
  const detail = error instanceof Error ? (isTold ? error.message : error.stack) : String(error);
  process.stderr.write(`Cannot start: ${detail}\n`);
  process.exit(isUnavailable(error) ? TRY_AGAIN : 1);
}
