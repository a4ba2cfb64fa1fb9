// Asks a running server everything that its OpenAPI document allows, and much that it does not, as a customer and as the administrator: no answer may be
// a server error, nor one that the document lacks. Ends with `N passed, N failed`: operations, each counted once for each of the two.
//   node test/security/schemathesis.mjs [--examples N]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, startShop } from '../bench/server.mjs';
import { refusals } from './schemathesis-refusals.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const VERSION = '4.32.5';
const SEED = '20261121';
const HOME = join(ROOT, 'node_modules', '.cache', `schemathesis-${VERSION}`);
const ROLES = ['customer', 'administrator'];
/** Longer than any run, so that no token runs out within one, seconds. */
const TOKEN_SECONDS = '7200';
/** What takes the caller's own access away, each to be asked last and with a session of its own. */
const ENDS_ACCESS = ['logOut', 'endSession', 'endOtherSessions', 'changePassword', 'eraseMe'];
/** What can take another's access away, and so the caller's: to be asked last, by somebody who is not needed any more. */
const CHANGES_ACCESS = ['grantRoles', 'replaceRoles', 'defineRole', 'removeRole', 'deactivateUser', 'reactivateUser', 'eraseUser'];
/** What works through all data each time: a few cases tell as much as many. */
const SLOW = ['audit', 'rebuildReadModel', 'rollBackReadModel', 'rotateSigningKeys'];

const { values } = parseArgs({ options: { examples: { type: 'string', default: '10' } } });

/** Installs what is pinned into a folder of its own, once. @throws Error saying what is missing */
function install() {
  const cli = join(HOME, 'bin', 'schemathesis');
  if (existsSync(cli)) return cli;
  const run = (command, args) => {
    const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  };
  rmSync(HOME, { recursive: true, force: true });
  try {
    run('python3', ['-m', 'venv', HOME]);
  } catch (error) {
    if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
      throw new Error('install Python with venv (Debian: python3-venv)', { cause: error });
    run('apt-get', ['install', '-y', '-qq', 'python3-venv']);
    run('python3', ['-m', 'venv', HOME]);
  }
  run(join(HOME, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${VERSION}`]);
  return cli;
}

/** Operations from which a link leads somewhere, and where it leads. */
function linked(operations) {
  const found = operations.flatMap(({ operationId, responses }) => {
    const links = Object.values(responses).flatMap((response) => Object.values(response.links ?? {}));
    return links.length > 0 ? [operationId, ...links.map((link) => link.operationId)] : [];
  });
  return [...new Set(found)];
}

/** Has everybody's part asked with one token. @returns the operations that were asked, and those of which something is wrong */
async function ask(cli, { config, document, url, token, name, folder, operations, phases, examples }) {
  const report = join(folder, `${name}.xml`);
  const args = ['--config-file', config, 'run', document, '--url', url, '--checks', 'all'];
  const some = operations.flatMap((id) => ['--include-operation-id', id]);
  const bounds = ['--seed', SEED, '--max-examples', examples, '--phases', phases, '--continue-on-failure', '--workers', '2'];
  const output = ['--report', 'junit', '--report-junit-path', report, '--no-color', '--suppress-health-check', 'all'];
  const child = spawn(cli, [...args, ...some, ...bounds, ...output, '-H', `Authorization: Bearer ${token}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // It keeps a cache where it runs.
    cwd: folder,
  });
  let printed = '';
  child.stdout.on('data', (text) => (printed += text));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (!existsSync(report)) throw new Error(`Schemathesis made no report (${code})\n${printed}`);
  if (code !== 0) console.log(printed);
  return count(readFileSync(report, 'utf8'), code);
}

/** One test case of the report for each operation. */
function count(xml, code) {
  const head = /<testsuites ([^>]*)>/.exec(xml)?.[1] ?? '';
  const total = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const [all, bad] = [total('tests'), total('failures') + total('errors')];
  const failed = code === 0 && all > 0 ? bad : Math.max(1, bad);
  return { passed: Math.max(0, all - failed), failed };
}

async function main() {
  const cli = install();
  mkdirSync(HOME, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'nebulocart-schemathesis-'));
  process.env['JWT_TTL_SECONDS'] = TOKEN_SECONDS;
  const shop = await startShop({ follow: () => {} });
  const total = { passed: 0, failed: 0 };
  try {
    const client = new Client(shop.url);
    const document = join(folder, 'openapi.json');
    const api = await (await fetch(`${shop.url}/docs-json`)).json();
    writeFileSync(document, JSON.stringify(api));
    const operations = Object.values(api.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    const [usual, steps] = [ids.filter((id) => ![...ENDS_ACCESS, ...CHANGES_ACCESS, ...SLOW].includes(id)), linked(operations)];
    const config = join(folder, 'schemathesis.toml');
    writeFileSync(config, `${readFileSync(join(ROOT, 'test', 'security', 'schemathesis.toml'), 'utf8')}\n${refusals(operations)}`);
    await client.products(3);
    for (const role of ROLES) {
      const parts = [
        { operations: usual, phases: 'examples,coverage,fuzzing', examples: values.examples },
        // Each of these examples is a walk along the links, of which many end at once: somebody else has the email, a product is not there.
        { operations: steps, phases: 'stateful', examples: String(10 * Number(values.examples)) },
        { operations: ids.filter((id) => SLOW.includes(id)), phases: 'examples,fuzzing', examples: '1' },
        { operations: CHANGES_ACCESS, phases: 'examples,coverage,fuzzing', examples: values.examples, ends: true },
        // The administrator's own account has to last.
        ...(role === 'customer' ? ENDS_ACCESS.filter((id) => ids.includes(id)) : []).map((id) => ({
          operations: [id],
          phases: 'fuzzing',
          examples: '1',
          ends: true,
        })),
      ];
      for (const [index, { ends, ...part }] of parts.entries()) {
        const began = performance.now();
        const account = await client.customer(`${role}-${index}`);
        if (role === 'administrator') await client.makeAdministrator(account);
        const token = await client.signIn(account);
        const { passed, failed } = await ask(cli, { ...part, config, document, url: shop.url, token, folder, name: `${role}-${index}` });
        console.log(
          `${role}: ${part.operations.length > 3 ? `${part.operations.length} operations` : part.operations.join(', ')} (${part.phases}): ${passed} passed, ${failed} failed, ${((performance.now() - began) / 1000).toFixed(0)} s`,
        );
        // Had the caller lost its access on the way, all that came after would prove nothing.
        if (!ends) await client.request('GET', role === 'customer' ? '/api/v1/users/me' : '/api/v1/admin/roles', { token });
        total.passed += passed;
        total.failed += failed;
      }
    }
  } finally {
    await shop.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main();
