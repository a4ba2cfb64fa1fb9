// Registries can lack some foreign-platform optional packages (404). npm install drops them
// from the lock, then npm ci refuses ("Missing: X@ from lock file"). Add skipped stubs for them.
import { readFileSync, writeFileSync } from 'node:fs';
const f = 'package-lock.json';
const lock = JSON.parse(readFileSync(f, 'utf8'));
const guess = (n) => {
  const os = /darwin/.test(n)
    ? 'darwin'
    : /win32|windows/.test(n)
      ? 'win32'
      : /freebsd/.test(n)
        ? 'freebsd'
        : /android/.test(n)
          ? 'android'
          : /openharmony/.test(n)
            ? 'openharmony'
            : 'linux';
  const cpu = n.match(/(arm64|x64|ia32|arm|ppc64|s390x|riscv64|loong64)/)?.[1] ?? 'x64';
  return { os: [os], cpu: [cpu] };
};
let added = 0;
for (const [, p] of Object.entries({ ...lock.packages })) {
  for (const [name, spec] of Object.entries(p.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${name}`]) continue;
    lock.packages[`node_modules/${name}`] = { version: spec.replace(/^[~^]/, ''), optional: true, ...guess(name) };
    added++;
    console.log('stub', name, spec);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(f, JSON.stringify(lock, null, 2) + '\n');
console.log('added', added);
