import { StartupError } from '@adapters/runtime/src/startup-error.js';

/** Ends the process with one line that says what to do; an error that nobody foresaw shows where it came from. */
export function fail(error: unknown): never {
  const detail = error instanceof StartupError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`Cannot start: ${detail}\n`);
  process.exit(1);
}
