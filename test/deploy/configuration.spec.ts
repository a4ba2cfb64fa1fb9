import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PASSED_ON } from '../../scripts/cluster/topology.mjs';
import { variableOf, variablesNeeded, variablesRead } from '../support/role-variables.js';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/configuration.md');
const HEADS = ['variable', 'read by', 'where it is not set', 'it must', 'what for'];

const cells = (row: string): string[] =>
  row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
const tableOf = (page: string): string[][] =>
  page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map(cells);

/** The table as the code has it; what a variable is for is kept as the page has it. */
function rows(page: string): string[][] {
  const purposes = new Map(tableOf(page).map(([name = '', , , , purpose = '']) => [name, purpose]));
  const names = [...new Set([...variablesRead.values()].flatMap((read) => [...read]))].sort();
  return names.map((name) => {
    const services = [...variablesRead].flatMap(([service, read]) => (read.has(name) ? [service] : []));
    const needed = services.filter((service) => variablesNeeded.get(service)!.has(name));
    const { fallback, must } = variableOf(name);
    const fails = needed.length === services.length ? 'does not start' : `${needed.join(', ')}: does not start`;
    const unset = needed.length > 0 ? fails : fallback === undefined ? 'none' : `\`${fallback}\``;
    const readBy = services.length === variablesRead.size ? 'all' : services.join(', ');
    return [`\`${name}\``, readBy, unset, must.replaceAll('|', '\\|'), purposes.get(`\`${name}\``) ?? ''];
  });
}

/** Written anew by: WRITE_DOCS=1 npm test -- configuration */
it('tells every variable of every role, and what the code takes', () => {
  const page = readFileSync(PAGE, 'utf8');
  if (process.env['WRITE_DOCS']) {
    const table = [HEADS, HEADS.map(() => '---'), ...rows(page)].map((row) => `| ${row.join(' | ')} |`).join('\n');
    writeFileSync(
      PAGE,
      page.replace(/^\| variable[^]*?(?=\n\n)/m, () => table),
    );
  }
  const written = tableOf(readFileSync(PAGE, 'utf8'));
  expect(written).toEqual(rows(page));
  expect(written.filter((row) => row.at(-1) === '').map(([name]) => name)).toEqual([]);
});

/** Of the settings in README.md those that whoever runs several processes says in other ways, or not at all. */
const OTHERWISE = 'PORT HOST DATA_DIR DEMO ADMIN_PASSWORD TRUSTED_PROXIES REDIS_URL LOG_FORMAT'.split(' ');
const settings = tableOf(readFileSync(join(ROOT, 'README.md'), 'utf8'))
  .flatMap(([names = '']) => [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!))
  .filter((name) => !OTHERWISE.includes(name));

it('has settings to look at', () => expect(settings.length).toBeGreaterThan(15));

it('passes every setting on to the processes of the cluster on one machine', () => {
  expect(settings.filter((name) => !PASSED_ON.includes(name))).toEqual([]);
});

describe('docker-compose.yml', () => {
  const { services } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
    services: Record<string, { environment: Record<string, string> }>;
  };

  it.each([...variablesRead])('passes every setting on that %s reads', (service, read) => {
    const { environment } = services[service]!;
    const wanted = settings.filter((name) => read.has(name) && (service === 'ordering' || name !== 'PAYMENT_PROVIDER'));
    expect(wanted.filter((name) => !String(environment[name]).startsWith(`\${${name}:-`))).toEqual([]);
  });

  it.each([...variablesRead])('tells %s nothing that it does not read', (service, read) => {
    const told = Object.keys(services[service]!.environment).map((name) => name.replace(/_FILE$/, ''));
    expect(told.filter((name) => !read.has(name))).toEqual([]);
  });
});
