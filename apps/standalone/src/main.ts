import { readConfig } from '@adapters/runtime/src/config.js';
import { fail } from '@composition/role/fail.js';
import { Server } from './server.js';

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
