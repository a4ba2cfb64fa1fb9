// `npm start`: compiles what changed since the last build, then becomes the server, in this very process, so that a signal
// reaches the server itself.
import './require-node.mjs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build-if-stale.mjs';

const root = join(import.meta.dirname, '..');

try {
  buildIfStale({ quiet: true });
} catch (error) {
  console.error(`Cannot start: ${error.message}`);
  process.exit(1);
}
process.setSourceMapsEnabled(true);
// Compiled code of some two thousand modules is kept between starts; where that folder cannot be written Node goes without.
enableCompileCache(join(root, 'node_modules', '.cache', 'compiled'));
await import(pathToFileURL(join(root, 'dist', 'apps', 'standalone', 'src', 'main.js')).href);
