// npm run bench [-- [--quick] [--json FILE] [PART…]]     measures the shop on this machine, prints a table and keeps the figures as JSON
// npm run bench:pipeline [-- …]                          the same of the services over Kafka
// Everything runs on throw-away data in the system's temporary folder.
import './require-node.mjs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfStale } from './build-if-stale.mjs';

const root = join(import.meta.dirname, '..');

function stop(message) {
  console.error(message);
  process.exit(2);
}

function readArguments() {
  const flag = { type: 'boolean', default: false };
  try {
    return parseArgs({ allowPositionals: true, options: { quick: flag, pipeline: flag, json: { type: 'string' } } });
  } catch (error) {
    return stop(`npm run bench -- [--quick] [--json FILE] [PART…]: ${error.message}`);
  }
}

const { values, positionals } = readArguments();
try {
  buildIfStale();
} catch (error) {
  stop(error.message);
}
const { parts: ofShop, pipelineParts, runParts } = await import('../test/bench/parts.mjs');
const parts = values.pipeline ? pipelineParts : ofShop;
const unknown = positionals.filter((name) => !(name in parts));
if (unknown.length > 0) stop(`npm run bench knows no part ${unknown.join(', ')}: it has ${Object.keys(parts).join(', ')}`);

const names = positionals.length > 0 ? positionals : Object.keys(parts);
const report = await runParts(names, { quick: values.quick });
const name = `${report.at.slice(0, 16).replaceAll(':', '')}${values.quick ? '-quick' : ''}.json`;
const file = values.json ? resolve(process.env.INIT_CWD ?? process.cwd(), values.json) : join(root, 'bench-results', name);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
console.log(`\nKept in ${file}`);
// Telemetry and the engine keep handles of their own.
process.exit();
