// Looks for secrets in the repository with gitleaks and for dangerous code with semgrep, by this project's own rules; each rule first has to catch what is
// planted for it. Ends with `N passed, N failed`.
//   node test/security/static.mjs
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const RULES = join(import.meta.dirname, 'semgrep');
const CACHE = join(ROOT, 'node_modules', '.cache');
const SEMGREP = '1.182.0';
const GITLEAKS = '8.30.1';

function run(command, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options });
  if (error) throw new Error(`${command}: ${error.message}`);
  return { status, stdout, stderr };
}

function must(command, args, options) {
  const result = run(command, args, options);
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${result.stderr || result.stdout}`);
  return result;
}

const isDebianRoot = () => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

/** Installs semgrep into a folder of its own, once. @throws Error saying what is missing */
function semgrep() {
  const home = join(CACHE, `semgrep-${SEMGREP}`);
  const cli = join(home, 'bin', 'semgrep');
  if (existsSync(cli)) return cli;
  rmSync(home, { recursive: true, force: true });
  if (run('python3', ['-m', 'venv', home]).status !== 0) {
    if (!isDebianRoot()) throw new Error('install Python 3 with venv (Debian: python3-venv)');
    must('apt-get', ['install', '-y', '-qq', 'python3-venv']);
    must('python3', ['-m', 'venv', home]);
  }
  must(join(home, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `semgrep==${SEMGREP}`]);
  return cli;
}

/** Builds gitleaks with Go, once. @throws Error saying what is missing */
function gitleaks() {
  const home = join(CACHE, `gitleaks-${GITLEAKS}`);
  const cli = join(home, 'gitleaks');
  if (existsSync(cli)) return cli;
  const go = [process.env['GO'] ?? 'go', '/usr/local/go/bin/go'].find((command) => spawnSync(command, ['version']).status === 0);
  if (!go) throw new Error('install Go (https://go.dev/dl) to build gitleaks');
  mkdirSync(home, { recursive: true });
  must(go, ['install', `github.com/zricethezav/gitleaks/v8@v${GITLEAKS}`], { env: { ...process.env, GOBIN: home } });
  return cli;
}

function findings(cli, targets) {
  const args = ['--metrics', 'off', '--disable-version-check', '--no-git-ignore', '--json', '--quiet', '--config', join(RULES, 'rules.yml')];
  const { stdout } = must(cli, [...args, '--exclude', '*.spec.ts', '--exclude', 'node_modules', ...targets]);
  const { results, errors } = JSON.parse(stdout);
  if (errors.length > 0) throw new Error(`semgrep: ${JSON.stringify(errors.slice(0, 3))}`);
  return results.map(({ check_id, path, start }) => ({ rule: check_id.split('.').at(-1), path, line: start.line }));
}

/** The lines that follow a `// ruleid: RULE`, or the one after the decorators that follow it. */
function planted(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((text, index) => {
    const rule = /\/\/ ruleid: (\S+)/.exec(text)?.[1];
    if (!rule) return [];
    const line = lines.findIndex((next, at) => at > index && !next.trim().startsWith('@')) + 1;
    return [{ rule, line }];
  });
}

const told = (list) => list.map(({ rule, path, line }) => `${rule} ${path ?? ''}:${line}`);

const results = [];
function check(name, problems) {
  results.push(problems.length === 0);
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  for (const problem of problems) console.log(`         ${problem}`);
}

/** What is planted is kept as text, so that no other tool takes it for code. */
function checkRules(cli, place) {
  for (const kept of readdirSync(join(RULES, 'planted'))) {
    const name = kept.replace(/\.txt$/, '');
    const file = join(place, name);
    cpSync(join(RULES, 'planted', kept), file);
    const key = ({ rule, line }) => `${rule} at line ${line}`;
    const [wanted, found] = [planted(file).map(key), findings(cli, [file]).map(key)];
    check(`semgrep catches what is planted in ${name}, and nothing else`, [
      ...wanted.filter((one) => !found.includes(one)).map((one) => `missed: ${one}`),
      ...found.filter((one) => !wanted.includes(one)).map((one) => `wrongly found: ${one}`),
    ]);
  }
}

function checkCode(cli) {
  const place = mkdtempSync(join(tmpdir(), 'nebulocart-planted-'));
  try {
    checkRules(cli, place);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  check(
    'semgrep finds nothing in the code',
    told(
      findings(
        cli,
        ['apps', 'libs', 'migrations'].map((name) => join(ROOT, name)),
      ),
    ),
  );
}

/** Secrets are made up for each run: this file must not hold one that the scan of the repository would find. */
function checkSecrets(cli) {
  const folder = mkdtempSync(join(tmpdir(), 'nebulocart-leaks-'));
  const random = (bytes) => randomBytes(bytes).toString('hex');
  const secrets = {
    'a secret key of the payment service': `const key = '${['sk', 'live', random(16)].join('_')}';\n`,
    'a private key': `${['-----BEGIN', 'RSA PRIVATE KEY-----'].join(' ')}\n${randomBytes(600).toString('base64')}\n${['-----END', 'RSA PRIVATE KEY-----'].join(' ')}\n`,
    'a token of a repository host': `token: ${['ghp', randomBytes(27).toString('base64url').replace(/[-_]/g, 'x').slice(0, 36)].join('_')}\n`,
  };
  const scan = (path) =>
    run(cli, ['dir', '--no-banner', '--redact', '--exit-code', '3', '--config', join(import.meta.dirname, 'gitleaks.toml'), path]);
  try {
    for (const [name, text] of Object.entries(secrets)) {
      const place = mkdtempSync(join(folder, 'planted-'));
      writeFileSync(join(place, 'settings.ts'), text);
      check(`gitleaks catches ${name}`, scan(place).status === 3 ? [] : ['missed']);
    }
    const place = join(folder, 'repository');
    for (const file of must('git', ['-C', ROOT, 'ls-files', '-z']).stdout.split('\0').filter(Boolean)) {
      if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(place, file));
    }
    const { status, stdout, stderr } = scan(place);
    check('gitleaks finds no secret in the repository', status === 0 ? [] : [stdout + stderr]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

checkCode(semgrep());
checkSecrets(gitleaks());
const failed = results.filter((good) => !good).length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
