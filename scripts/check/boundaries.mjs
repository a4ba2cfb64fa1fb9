// Import rules: the house has no violation, and every planted one is caught.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import rules from '../../.dependency-cruiser.mjs';
import { house, planted, plantedHelpers } from '../../test/boundaries/planted.mjs';

const root = join(import.meta.dirname, '..', '..');
const ROOMS = ['apps', 'libs', 'migrations', 'test'];

/** Every violation in a house, as `{ rule, from, to }`, and how many modules were looked at. Aliases resolve against the working folder, so each house is read from inside. */
function violations(folder) {
  const rooms = ROOMS.filter((room) => existsSync(join(folder, room)));
  const cli = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const config = join(root, '.dependency-cruiser.mjs');
  const run = spawnSync(process.execPath, [cli, '--config', config, '--output-type', 'json', ...rooms], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (!run.stdout.startsWith('{')) throw new Error(`dependency-cruiser: ${run.stderr || run.stdout}`);
  const { modules, summary } = JSON.parse(run.stdout);
  return {
    modules: modules.filter(({ source }) => !source.includes('node_modules')).length,
    found: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

/** Builds the planted house inside of the project, where packages resolve as they do everywhere in it. */
function buildPlantedHouse() {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache', 'boundaries-'));
  const write = (file, text) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  for (const [file, text] of Object.entries({ ...house, ...plantedHelpers })) write(file, text);
  for (const [, file, target, only = ''] of planted)
    write(file, `import ${only} * as planted from '${target}';\nexport type Planted = typeof planted;\n`);
  for (const file of ['tsconfig.json', 'package.json']) copyFileSync(join(root, file), join(folder, file));
  return folder;
}

function checkPlanted() {
  const folder = buildPlantedHouse();
  try {
    const { found } = violations(folder);
    const missed = planted.filter(
      ([rule, file]) => !found.some(({ rule: by, from, to }) => by === rule && (from === file || (from in plantedHelpers && to === file))),
    );
    const wrong = found.filter(({ from }) => !planted.some(([, file]) => file === from) && !(from in plantedHelpers));
    return [
      ...missed.map(([rule, file, target]) => `planted and not caught: ${rule}: ${file} -> ${target}`),
      ...wrong.map(({ rule, from, to }) => `caught although it is allowed: ${rule}: ${from} -> ${to}`),
      ...rules.forbidden
        .filter(({ name }) => !planted.some(([rule]) => rule === name))
        .map(({ name }) => `no violation is planted for the rule ${name}`),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns what is wrong, a line each. */
export function boundaries() {
  const wrongInPlanted = checkPlanted();
  const { found, modules } = violations(root);
  return {
    problems: [...wrongInPlanted, ...found.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`)],
    note: `${modules} modules, ${planted.length} planted violations caught`,
  };
}
