import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, launch, stretchOf, untilReady } from '../../scripts/engines/server-process.mjs';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'nebulocart-process-'))));
afterEach(() => rmSync(dir, { recursive: true }));
const log = (): string => join(dir, 'log');
const shell = (script: string) => launch({ name: 'engine', command: 'sh', args: ['-c', script], log: log() });
const failure = (start: Promise<unknown>): Promise<string> =>
  start.then(
    () => 'it started',
    (error: Error) => error.message,
  );

it('quotes what this process wrote, and nothing of those before it', async () => {
  writeFileSync(log(), 'the one before: all is well\n');
  const said = await failure(untilReady(shell('echo "no space left"; exit 1'), () => false, { log: log() }));
  expect(said).toBe(`engine ended at its start: no space left (its log: ${log()})`);
});

it('quotes what went wrong, and not where that came from', async () => {
  const thrown =
    'echo "{}"; echo "Cannot start: the database does not answer"; printf "    at away (failure.ts:30:3)\\n    at async Promise.all (index 1)\\n"; exit 1';
  expect(await failure(untilReady(shell(thrown), () => false, { log: log() }))).toContain(
    'its start: Cannot start: the database does not answer (its log:',
  );
});

it('says so where this process wrote nothing, or nothing that tells', async () => {
  writeFileSync(log(), 'the one before: all is well\n');
  const noise = 'echo "SLF4J(W): No SLF4J providers were found."; exit 1';
  expect(await failure(untilReady(shell(noise), () => false, { log: log() }))).toContain('it wrote nothing');
});

it('waits longer where more want to run than there are cores', async () => {
  expect([stretchOf(1, 4), stretchOf(8, 4), stretchOf(900, 4)]).toEqual([1, 2, 10]);
  let asked = 0;
  const server = shell('while :; do sleep 0.1; done');
  // Its patience alone is over at once.
  const start = untilReady(server, () => ++asked > 3, { log: log(), patienceMs: 0.001, stretch: () => 1e9 });
  expect(await failure(start)).toBe('it started');
  await server.kill();
});

it('ends what is not ready in time', async () => {
  const server = shell('while :; do sleep 0.1; done');
  expect(await failure(untilReady(server, () => false, { log: log(), patienceMs: 1, stretch: () => 1 }))).toContain('was not ready within');
  expect(server.isAlive).toBe(false);
});

it('finds ports that all differ, and that no system gives to an outgoing connection', async () => {
  const ports = await freePorts(200);
  expect(new Set(ports).size).toBe(200);
  expect(ports.filter((port) => port < 20_000 || port > 32_767)).toEqual([]);
});
