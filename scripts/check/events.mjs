// The document of the events is what the contracts say, is AsyncAPI, and breaks no reader of the released one; every planted mistake is caught.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import schema from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' };
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { breaks, harmless, invalid } from '../../test/api/planted-events.mjs';
import { runJest } from '../run-jest.mjs';
import { incompatibleEvents } from './event-changes.mjs';
import { pageIsFresh } from './events-page.mjs';
import { root } from './tool.mjs';

const read = (file) => JSON.parse(readFileSync(join(root, 'docs', 'api', file), 'utf8'));

/** @returns what is wrong, a line each. */
export async function events() {
  const [document, released] = [read('events.asyncapi.json'), read('events-released.asyncapi.json')];
  const mistakes = asyncApi();
  const missed = breaks.filter((each) => !incompatibleEvents(document, planted(document, each)).some((problem) => each[2].test(problem)));
  const wrong = harmless.filter((each) => incompatibleEvents(document, planted(document, each)).length > 0);
  const passed = invalid.filter((each) => !mistakes(planted(document, each)).some((problem) => each[2].test(problem)));
  return {
    problems: [
      ...(await isWhatTheContractsSay()),
      ...(await pageIsFresh(document)),
      ...mistakes(document).map((problem) => `is no AsyncAPI 3: ${problem}`),
      ...incompatibleEvents(released, document).map((problem) => `incompatible with what is released: ${problem}`),
      ...incompatibleEvents(document, document).map((problem) => `is said to be incompatible with itself: ${problem}`),
      ...missed.map(([name]) => `planted and not caught: ${name}`),
      ...wrong.map(([name]) => `harmless and said to be incompatible: ${name}`),
      ...passed.map(([name]) => `no AsyncAPI 3 and not caught: ${name}`),
    ],
    note: `${Object.keys(document.components.messages).length} messages, ${breaks.length + invalid.length} planted mistakes caught`,
  };
}

/** Applies a change to a copy of the document; one that finds nothing to change is out of date. */
function planted(document, [name, change]) {
  const changed = structuredClone(document);
  change(changed);
  if (JSON.stringify(changed) === JSON.stringify(document)) throw new Error(`the planted change "${name}" changes nothing`);
  return changed;
}

async function isWhatTheContractsSay() {
  const spec = 'test/api/events-document.spec.ts';
  const { failed } = await runJest([spec], { output: 'ignore' });
  return failed === 0 ? [] : [`docs/api/events.asyncapi.json is not what the contracts say: run npm run events, or see what fails in ${spec}`];
}

/** @returns a check of a document against AsyncAPI's own schema, and that what it refers to is there; it gives what is wrong, a line each */
function asyncApi() {
  // AsyncAPI's schema brings the one of JSON Schema along.
  const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  formats.default(ajv);
  const validate = ajv.compile(schema);
  return (document) => {
    validate(document);
    const shape = (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`);
    return [...new Set([...shape, ...dangling(document)])];
  };
}

function dangling(document) {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, ref]) => ref);
  const found = (ref) => ref.split('/').reduce((at, step) => at?.[step], document);
  return refs.filter((ref) => found(ref) === undefined).map((ref) => `#/${ref} is not there`);
}
