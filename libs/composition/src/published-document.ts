import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { StartupError } from '@adapters/runtime/src/startup-error.js';

const FILE = join('docs', 'api', 'openapi.json');

/** The document of the whole API, as it is published with this release: a process that serves a part of the routes shows them all. */
export function publishedDocument(): OpenAPIObject {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, FILE);
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as OpenAPIObject;
  }
  throw new StartupError(`${FILE} is not there: install the whole release.`);
}
