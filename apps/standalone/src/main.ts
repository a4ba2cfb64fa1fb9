import { readConfig } from '@adapters/runtime/src/config.js';
import { StartupError } from '@adapters/runtime/src/startup-error.js';
import { Server } from './server.js';

/** Ends the process with one line that says what to do; an error that nobody foresaw shows where it came from. */
function fail(error: unknown): never {
  const detail = error instanceof StartupError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`Cannot start: ${detail}\n`);
  process.exit(1);
}

try {
  const config = readConfig(process.env);
  if (process.argv.includes('--check')) {
    process.stdout.write('The configuration is valid.\n');
    process.exit(0);
  }
  await new Server(config).start();
} catch (error) {
  fail(error);
}
