// The lock file pins every package by its content and says nothing of where this machine got it from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, tool } from './tool.mjs';

/** Foreign platforms' optional packages that a registry may lack are locked by version alone (scripts/fix-lock.mjs). */
const mayLackIntegrity = (entry) => entry.optional === true && entry.os !== undefined;

/** @returns what is wrong, a line each. */
export function lockfile() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entries = Object.entries(lock.packages).filter(([path]) => path !== '');
  const problems = tool('lockfile-lint', [
    '--path',
    'package-lock.json',
    '--type',
    'npm',
    '--validate-https',
    '--validate-integrity',
    '--allowed-hosts',
    'npm',
  ]).problems;
  for (const [path, entry] of entries) {
    if (entry.resolved !== undefined)
      problems.push(`${path} records the address ${entry.resolved}: set omit-lockfile-registry-resolved=true and run npm run relock`);
    if (entry.integrity === undefined && !mayLackIntegrity(entry)) problems.push(`${path} has no integrity`);
  }
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      if (!/^\d/.test(version)) problems.push(`${name} is not pinned in package.json: ${version}`);
      if (lock.packages['']?.[kind]?.[name] !== version) problems.push(`${name}@${version} is not what the lock file has: run npm run relock`);
    }
  }
  return { problems, note: `${entries.length} packages` };
}
