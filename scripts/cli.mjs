// npm run import -- FILE [--url URL] [--json] …     brings Online Retail's CSV into a running server
// npm run audit [-- --json]                         proves the server's figures against its events
// npm run rebuild -- READ_MODEL [--rollback]        makes a read model anew, or goes back
// npm run keys:rotate                                has another key sign access tokens
// npm run dead-letters -- list|show|retry|discard …  what could not be processed, and what is to become of it
// npm run backup -- --to FOLDER                      keeps the event stores as they are at one moment
// npm run restore -- --from FOLDER                   brings them into an empty system
// npm run demo:day [-- --orders N --speed N]        plays a shop's day against a running server and balances the books
import './require-node.mjs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build-if-stale.mjs';

const root = join(import.meta.dirname, '..');

try {
  buildIfStale({ quiet: true });
} catch (error) {
  console.error(`Cannot run: ${error.message}`);
  process.exit(2);
}
process.setSourceMapsEnabled(true);
enableCompileCache(join(root, 'node_modules', '.cache', 'compiled'));
await import(pathToFileURL(join(root, 'dist', 'apps', 'admin-cli', 'src', 'main.js')).href);
