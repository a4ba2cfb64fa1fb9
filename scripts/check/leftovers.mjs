// What belongs to one machine or one afternoon: absolute paths, files outside of the project, notes to oneself, tests set aside.
import { existsSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { ownFiles, root } from './tool.mjs';

const CODE = new Set(['.ts', '.tsx', '.mjs', '.js']);
const MOST_LINES = 300;
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Folders of this machine, unless they are everybody's (`/`, `/tmp`). */
const ownFolders = [root, dirname(root), homedir()].filter((folder) => folder !== '/' && folder !== tmpdir());
const machine = new RegExp(`${ownFolders.map((folder) => `${escape(folder)}/`).join('|')}|/(?:home|Users)/\\w`);
const outside = /\.\.\/shared\//;
const notes = /\b(?:TODO|FIXME|XXX|not implemented)\b/i;
const aside = /\b(?:it|test|describe)\.(?:skip|only|todo)\b|\bx(?:it|describe)\(/;
/** Written by a generator, and compared with what it writes. */
const GENERATED = 'libs/api-client/src/';
/** This file has to name what it looks for. */
const self = 'scripts/check/leftovers.mjs';

const patterns = [
  { found: machine, says: 'a path of this machine', where: () => true },
  { found: outside, says: 'a file outside of the project', where: (file) => file !== '.ci/run' },
  { found: notes, says: 'left undone', where: (file) => CODE.has(extname(file)) },
  { found: aside, says: 'a test set aside', where: (file) => file.endsWith('.spec.ts') },
];

/** @returns what is wrong, a line each. */
export function leftovers() {
  const files = ownFiles().filter(
    (file) => file !== 'package-lock.json' && file !== self && !file.startsWith(GENERATED) && existsSync(join(root, file)),
  );
  const problems = files.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    const hits = patterns
      .filter(({ where }) => where(file))
      .flatMap(({ found, says }) => lines.flatMap((line, index) => (found.test(line) ? [`${file}:${index + 1}: ${says}: ${line.trim()}`] : [])));
    return CODE.has(extname(file)) && lines.length > MOST_LINES
      ? [...hits, `${file}: ${lines.length} lines (at most ${MOST_LINES}): does it hold one idea?`]
      : hits;
  });
  return { problems, note: `${files.length} files` };
}
