import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdDataDir } from './data-dir.js';

describe('data directory', () => {
  let parent: string;
  let dataDir: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'nebulocart-lock-'));
    dataDir = join(parent, 'nested', 'var');
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  it('is made, with the folders above it, and told from one with something in it', () => {
    const first = holdDataDir(dataDir);
    expect(first.wasEmpty).toBe(true);
    first.release();
    writeFileSync(join(dataDir, 'something'), '');
    expect(holdDataDir(dataDir).wasEmpty).toBe(false);
  });

  it('refuses a second instance, naming the process that holds it', () => {
    holdDataDir(dataDir);
    expect(() => holdDataDir(dataDir)).toThrow(
      `DATA_DIR ${dataDir} is in use by another instance (process ${process.pid}). Stop it, or choose another DATA_DIR.`,
    );
  });

  it('can be held again once it was released', () => {
    holdDataDir(dataDir).release();
    holdDataDir(dataDir).release();
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  });

  it('is taken over from a process that died', async () => {
    holdDataDir(dataDir).release();
    const dead = spawn('true');
    await once(dead, 'exit');
    writeFileSync(join(dataDir, 'lock'), `${dead.pid} \n`);
    expect(() => holdDataDir(dataDir)).not.toThrow();
  });

  it('is taken over where the dead process id belongs to another process by now', () => {
    holdDataDir(dataDir).release();
    writeFileSync(join(dataDir, 'lock'), `${process.ppid} some-earlier-boot:1\n`);
    expect(() => holdDataDir(dataDir)).not.toThrow();
  });

  it('must be a folder', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(() => holdDataDir(join(parent, 'file'))).toThrow(/is not a folder\. Choose another one/);
    expect(() => holdDataDir(join(parent, 'file', 'below'))).toThrow(/is not a folder\. Choose another one/);
  });
});
