// Lets Node import the project's TypeScript as it is, its aliases included: for what is run from the sources, without a build.
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';

const root = join(import.meta.dirname, '..');
const json = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const { jsc } = json('.swcrc');
const aliases = Object.entries(json('tsconfig.json').compilerOptions.paths).map(([alias, [folder]]) => [alias.slice(0, -1), folder.slice(0, -1)]);

/** Where an import of the project's own code leads to, as a path without its ending; null for a package's. */
function target(specifier, parentURL) {
  if (specifier.startsWith('.')) return fileURLToPath(new URL(specifier, parentURL));
  const [alias, folder] = aliases.find(([name]) => specifier.startsWith(name)) ?? [];
  return alias ? join(root, folder, specifier.slice(alias.length)) : null;
}

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (!context.parentURL?.includes('/node_modules/') && specifier.endsWith('.js')) {
      const source = target(specifier, context.parentURL)?.replace(/\.js$/, '.ts');
      if (source && existsSync(source)) return { url: pathToFileURL(source).href, format: 'module', shortCircuit: true };
    }
    return nextResolve(specifier, context);
  },
  load(url, context, nextLoad) {
    if (!url.endsWith('.ts') || url.includes('/node_modules/')) return nextLoad(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), { filename, swcrc: false, sourceMaps: 'inline', module: { type: 'es6' }, jsc });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
