// npm run openapi [-- --release]   writes the API's document off the code, and the TypeScript client off the document.
//                                  --release makes it what later changes must be compatible with.
import './require-node.mjs';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateClient } from './check/api-client.mjs';
import { runJest } from './run-jest.mjs';

const docs = join(import.meta.dirname, '..', 'docs', 'api');

// The routes are decorated classes, which Jest compiles as it goes.
const { failed } = await runJest(['test/api/document.spec.ts', '--testNamePattern', 'is what the code says', '--silent'], {
  env: { WRITE_OPENAPI: '1' },
});
if (failed > 0) process.exit(1);
await generateClient();
if (process.argv.includes('--release')) copyFileSync(join(docs, 'openapi.json'), join(docs, 'openapi-released.json'));
console.log(`docs/api/openapi.json and libs/api-client are up to date${process.argv.includes('--release') ? ', and released' : ''}`);
