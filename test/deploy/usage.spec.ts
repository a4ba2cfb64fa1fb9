import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** What `npm run cluster -- …` says, and how it ends. */
function cluster(...words: string[]) {
  // Jest's own flags are not for it.
  const { NODE_OPTIONS: _flags, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/cluster.mjs'), ...words], {
    encoding: 'utf8',
    env,
    timeout: 45_000,
  });
  return { status, stdout, stderr };
}

it('tells how it is used to who asks', () => {
  const { status, stdout, stderr } = cluster('--help');
  expect([status, stderr]).toEqual([0, '']);
  for (const option of ['--scale', '--data', '--port', '--rate', '--tls-certificate', '--tls-key', '--check']) expect(stdout).toContain(option);
});

it.each([
  [['--sclae', 'ordering=3'], '--sclae'],
  [['--scale', 'orders=3'], 'there is no such service'],
  [['--scale', 'ordering'], 'whole number from 1'],
  [['--port', 'http'], '--port must be a whole number from 1 to 65535'],
  [['--tls-key', 'shop.key'], '--tls-certificate and --tls-key belong together'],
])('tells what is wrong with %j, and how it is used', (words, complaint) => {
  const { status, stdout, stderr } = cluster(...words);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(complaint);
  expect(stderr).toContain('Usage: npm run cluster');
});
