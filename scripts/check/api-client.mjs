// The TypeScript client is what the generator makes of the document.
import { createClient } from '@hey-api/openapi-ts';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tool.mjs';

const DOCUMENT = join(root, 'docs', 'api', 'openapi.json');
const CLIENT = join(root, 'libs', 'api-client', 'src');

/** Writes the client of the committed document into a folder, which it empties first. */
export async function generateClient(folder = CLIENT) {
  await createClient({
    input: DOCUMENT,
    output: { path: folder, clean: true, importFileExtension: '.js' },
    logs: { level: 'silent', file: false },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  });
  for (const file of filesIn(folder)) withoutNotes(join(folder, file));
}

/** The generator's authors leave notes to themselves in what it writes; here nobody could act on them. */
function withoutNotes(file) {
  const text = readFileSync(file, 'utf8');
  const kept = text.replace(/^ *\/\/ TO-?DO.*\n/gm, '');
  if (kept !== text) writeFileSync(file, kept);
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted();

/** @returns what differs, a line each. */
export async function clientIsFresh() {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache', 'api-client-'));
  try {
    await generateClient(folder);
    const [made, kept] = [filesIn(folder), filesIn(CLIENT)];
    const same = (file) => kept.includes(file) && readFileSync(join(folder, file), 'utf8') === readFileSync(join(CLIENT, file), 'utf8');
    const stale = [...made.filter((file) => !same(file)), ...kept.filter((file) => !made.includes(file))];
    return stale.map((file) => `libs/api-client/src/${file} is not what docs/api/openapi.json gives: run npm run openapi`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
