// The API's document breaks no program that was written for the released one, and every planted break is caught.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { breaks, harmless } from '../../test/api/planted.mjs';
import { incompatibleChanges } from './api-changes.mjs';
import { clientIsFresh } from './api-client.mjs';
import { root } from './tool.mjs';

const read = (file) => JSON.parse(readFileSync(join(root, 'docs', 'api', file), 'utf8'));

/** Applies a change to a copy of the document; one that finds nothing to change is out of date. */
function planted(document, [name, change]) {
  const changed = structuredClone(document);
  change(changed);
  if (JSON.stringify(changed) === JSON.stringify(document)) throw new Error(`the planted change "${name}" changes nothing`);
  return incompatibleChanges(document, changed);
}

/** @returns what is wrong, a line each. */
export async function api() {
  const [document, released] = [read('openapi.json'), read('openapi-released.json')];
  const missed = breaks.filter((each) => !planted(document, each).some((problem) => each[2].test(problem)));
  const wrong = harmless.filter((each) => planted(document, each).length > 0);
  return {
    problems: [
      ...incompatibleChanges(released, document).map((problem) => `incompatible with what is released: ${problem}`),
      ...incompatibleChanges(document, document).map((problem) => `is said to be incompatible with itself: ${problem}`),
      ...missed.map(([name]) => `planted and not caught: ${name}`),
      ...wrong.map(([name]) => `harmless and said to be incompatible: ${name}`),
      ...(await clientIsFresh()),
    ],
    note: `${Object.keys(document.paths).length} paths, ${breaks.length} planted breaks caught`,
  };
}
