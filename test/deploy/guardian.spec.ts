import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@testing/eventually.js';
import { endLeftovers, Guardian } from '../../scripts/cluster/guardian.mjs';
import { Member } from '../../scripts/cluster/member.mjs';
import { launch, untilReady, type ServerProcess } from '../../scripts/engines/server-process.mjs';

let dir: string;
const begun: ServerProcess[] = [];
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'nebulocart-guardian-'))));
afterEach(async () => {
  await Promise.all(begun.splice(0).map((server) => server.kill()));
  rmSync(dir, { recursive: true });
});

const run = (): string => join(dir, 'run');
/** What the guardians of all starts watch: `start-abc/engine.sleeper`. */
const watched = (): string[] => readdirSync(run()).flatMap((start) => readdirSync(join(run(), start)));
const log = (): string => join(dir, 'log');

/** A process that runs until it is told to end. */
function sleeper(onSpawn: (server: ServerProcess) => void = () => undefined, words: readonly string[] = []): ServerProcess {
  const server = launch({ name: 'sleeper', command: 'sh', args: ['-c', 'while :; do sleep 0.1; done', 'sh', ...words], log: log(), onSpawn });
  begun.push(server);
  return server;
}

/** A member that never gets ready. */
function slowMember(guardian: Guardian) {
  let spawned: (server: ServerProcess) => void = () => undefined;
  const process = new Promise<ServerProcess>((resolve) => (spawned = resolve));
  const start = guardian.guarded('engine', 'sleeper', (onSpawn) =>
    untilReady(
      sleeper((server) => {
        onSpawn(server);
        spawned(server);
      }),
      () => false,
      { log: log() },
    ),
  );
  return { member: new Member({ name: 'sleeper', launch: start }), process };
}

it('knows a process before it is ready, and forgets it when it has gone', async () => {
  const guardian = new Guardian(run());
  const { member, process } = slowMember(guardian);
  const started = member.start().catch((error: Error) => error.message);
  const { pid } = await process;
  expect(watched()).toEqual(['engine.sleeper']);
  expect(readFileSync(join(run(), readdirSync(run())[0]!, 'engine.sleeper'), 'utf8')).toMatch(new RegExp(`^${pid} `));
  await member.stop();
  expect(await started).toContain('ended at its start');
  expect([member.state, watched()]).toEqual(['stopped', []]);
  await guardian.end();
});

it('stops what is told to stop before there was a process', async () => {
  let goOn: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (goOn = resolve));
  const member = new Member({
    name: 'sleeper',
    launch: async (onSpawn) => {
      await gate;
      return untilReady(sleeper(onSpawn), () => false, { log: log() });
    },
  });
  const started = member.start().catch((error: Error) => error.message);
  // The start has its turn.
  await Promise.resolve();
  const stopped = member.stop();
  goOn();
  await stopped;
  expect(await started).toContain('ended at its start');
  expect(begun.map(({ isAlive }) => isAlive)).toEqual([false]);
});

it('ends what was started when its own end comes, ready or not', async () => {
  const guardian = new Guardian(run());
  const { member, process } = slowMember(guardian);
  const started = member.start().catch((error: Error) => error.message);
  const { exited } = await process;
  // As the kernel does when whoever holds it was killed.
  await guardian.end();
  expect(await exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(await started).toContain('ended at its start');
});

it('ends nobody who has got an id since', async () => {
  const guardian = new Guardian(run());
  const bystander = sleeper();
  const folder = join(run(), readdirSync(run())[0]!);
  writeFileSync(join(folder, 'role.gone'), `${bystander.pid} 1\n`);
  // Not of this folder: some other program has the id that a Postgres left behind.
  mkdirSync(join(dir, 'data'));
  writeFileSync(join(dir, 'data', 'postmaster.pid'), `${bystander.pid}\n${join(dir, 'data')}\n`);
  guardian.watchFile('postgres', 'postgres', join(dir, 'data', 'postmaster.pid'));
  await guardian.end();
  await eventually(() => expect(readdirSync(run())).toEqual([]));
  expect(bystander.isAlive).toBe(true);
});

it('ends a Postgres by its own file', async () => {
  const guardian = new Guardian(run());
  const postgres = sleeper(undefined, [join(dir, 'data')]);
  mkdirSync(join(dir, 'data'));
  guardian.watchFile('postgres', 'postgres', join(dir, 'data', 'postmaster.pid'));
  writeFileSync(join(dir, 'data', 'postmaster.pid'), `${postgres.pid}\n${join(dir, 'data')}\n`);
  await guardian.end();
  expect((await postgres.exited).signal).toBe('SIGINT');
});

it('ends what an earlier start left, and says what that was', async () => {
  const left = sleeper();
  mkdirSync(join(run(), 'start-earlier'), { recursive: true });
  new Guardian(run()).watch('engine', 'kafka', left.pid);
  symlinkSync(join(dir, 'none'), join(run(), 'start-earlier', 'postgres.postgres'));
  expect(await endLeftovers(run())).toEqual([`kafka (process ${left.pid})`]);
  expect([(await left.exited).signal, readdirSync(run())]).toEqual(['SIGTERM', []]);
  expect(await endLeftovers(join(dir, 'nowhere'))).toEqual([]);
});
