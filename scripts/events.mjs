// npm run events [-- --release]   writes the document of the events off the contracts, and docs/events.md off the document.
//                                 --release makes it what later changes must be compatible with.
import './require-node.mjs';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventsPage } from './check/events-page.mjs';
import { runJest } from './run-jest.mjs';

const docs = join(import.meta.dirname, '..', 'docs');
const document = join(docs, 'api', 'events.asyncapi.json');

// The contracts are TypeScript, which Jest compiles as it goes.
const { failed } = await runJest(['test/api/events-document.spec.ts', '--testNamePattern', 'is what the contracts say', '--silent'], {
  env: { WRITE_EVENTS: '1' },
});
if (failed > 0) process.exit(1);
writeFileSync(join(docs, 'events.md'), await eventsPage(JSON.parse(readFileSync(document, 'utf8'))));
if (process.argv.includes('--release')) copyFileSync(document, join(docs, 'api', 'events-released.asyncapi.json'));
console.log(`docs/events.md and docs/api/events.asyncapi.json are up to date${process.argv.includes('--release') ? ', and released' : ''}`);
