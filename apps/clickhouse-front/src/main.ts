import { StartupError } from '@adapters/runtime/src/startup-error.js';
import { readFrontConfig } from './front-config.js';
import { serve } from './server.js';

try {
  const config = readFrontConfig(process.env);
  if (process.argv.includes('--check')) {
    process.stdout.write('The configuration is valid.\n');
    process.exit(0);
  }
  await serve(config);
} catch (error) {
  const detail = error instanceof StartupError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`Cannot start: ${detail}\n`);
  process.exit(1);
}
