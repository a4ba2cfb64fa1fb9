import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from '@testing/ask.js';
import pg from 'pg';
import { startPostgres } from './postgres.js';
import { isAlive } from './process-info.js';

describe('embedded Postgres', () => {
  let dataDir: string;
  const said: string[] = [];
  const logger = { info: (line: string) => void said.push(line), warn: (line: string) => void said.push(line) };
  const start = () => startPostgres({ dataDir, logger });
  beforeEach(() => {
    said.length = 0;
    // Closed to everybody else, as what mktemp -d makes: the database's own user must get in all the same.
    dataDir = join(mkdtempSync(join(tmpdir(), 'nebulocart-postgres-')), 'var');
  });
  afterEach(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }));

  it('is Postgres 18 with checksums and durable commits, owned by a role that reads no files', async () => {
    const postgres = await start();
    const settings = `SELECT current_setting('server_version_num')::int / 10000, current_setting('data_checksums'), current_setting('fsync'),
      current_setting('synchronous_commit'), current_setting('full_page_writes'), current_setting('listen_addresses'), rolsuper
      FROM pg_roles WHERE rolname = current_user`;
    expect(await ask(postgres.url(), settings)).toEqual([18, 'on', 'on', 'on', 'on', '127.0.0.1', false]);
    await expect(ask(postgres.url(), `SELECT pg_read_file('/etc/passwd')`)).rejects.toThrow(/permission denied/);
    await expect(ask(postgres.url().replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    await postgres.stop();
    expect(isAlive(postgres.pid)).toBe(false);
  });

  it('keeps what was committed when it is stopped, and when it is killed', async () => {
    const first = await start();
    await ask(first.url(), 'CREATE TABLE kept AS SELECT 1 AS id');
    await first.stop();
    const second = await start();
    await ask(second.url(), 'INSERT INTO kept VALUES (2)');
    process.kill(second.pid, 'SIGKILL');
    const third = await start();
    expect(await ask(third.url(), 'SELECT id FROM kept ORDER BY id')).toEqual([1, 2]);
    await third.stop();
  });

  it('takes over what a killed server left running, and ends what that one had begun', async () => {
    const orphan = await start();
    const abandoned = new pg.Client({ connectionString: orphan.url() });
    abandoned.on('error', () => undefined);
    await abandoned.connect();
    await abandoned.query('BEGIN; CREATE TABLE half_done (id int)');
    const adopted = await start();
    expect(adopted.pid).toBe(orphan.pid);
    expect(said.at(-1)).toMatch(/^took over the database/);
    expect(await ask(adopted.url(), `SELECT count(*)::int FROM pg_stat_activity WHERE state = 'idle in transaction'`)).toEqual([0]);
    await adopted.stop();
    await abandoned.end().catch(() => undefined);
  });

  it('restarts an orphan that does not answer', async () => {
    const orphan = await start();
    process.kill(orphan.pid, 'SIGSTOP');
    const starting = start();
    setTimeout(() => process.kill(orphan.pid, 'SIGCONT'), 3_000);
    const restarted = await starting;
    expect(restarted.pid).not.toBe(orphan.pid);
    expect(isAlive(orphan.pid)).toBe(false);
    expect(await ask(restarted.url(), 'SELECT 1')).toEqual([1]);
    await restarted.stop();
  });

  it('is not fooled by a process id that belongs to another process by now', async () => {
    const first = await start();
    await first.stop();
    writeFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), `${process.pid}\n${join(dataDir, 'postgres', 'data')}\n0\n1\n`);
    const second = await start();
    expect(await ask(second.url(), 'SELECT 1')).toEqual([1]);
    await second.stop();
  });

  it('begins anew after a crash in the middle of its making', async () => {
    mkdirSync(join(dataDir, 'postgres', 'data.new', 'base'), { recursive: true });
    const postgres = await start();
    expect(existsSync(join(dataDir, 'postgres', 'data.new'))).toBe(false);
    await postgres.stop();
  });

  it('says what to do when the passwords no longer fit', async () => {
    await (await start()).stop();
    rmSync(join(dataDir, 'secrets'), { recursive: true });
    await expect(start()).rejects.toThrow('The database refuses the password kept in DATA_DIR/secrets. Restore that folder');
    expect(existsSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
  });

  it('says why it did not start, from its own log', async () => {
    await expect(startPostgres({ dataDir, logger, settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
      /^The database did not start: invalid value for parameter "shared_buffers": "plenty" \(its log: .*postgres\.log\)$/,
    );
  });

  it('keeps its folder and its passwords from everybody else', async () => {
    const postgres = await start();
    chmodSync(join(dataDir, '..'), 0o755);
    expect(statSync(join(dataDir, 'postgres')).mode & 0o077).toBe(0);
    expect(statSync(join(dataDir, 'secrets')).mode & 0o077).toBe(0);
    await postgres.stop();
  });
});
