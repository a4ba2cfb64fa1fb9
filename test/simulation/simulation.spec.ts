import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** A thousand schedules take a minute of a core; whoever shares it may take the most of it. */
const PATIENCE_MS = 900_000;

/** Runs `npm run simulate` as it is: virtual time needs a process of its own. */
const simulate = (...args: string[]): Promise<{ readonly code: number; readonly output: string }> =>
  new Promise((resolve) => {
    const command = [join(process.cwd(), 'scripts', 'simulate.mjs'), ...args];
    execFile(process.execPath, command, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    );
  });

describe('the pipeline in virtual time, whatever befalls it', () => {
  it(
    'lands every event once, tells no watermark too early, and lets every saga end, in 1,000 random schedules',
    async () => {
      const { code, output } = await simulate('--schedules', '1000');
      // A failure says its seed, and how to see it again.
      if (code !== 0) throw new Error(output);
      expect(output).toMatch(/^1000 passed, 0 failed$/m);
      // Nothing that can befall it was left out.
      const faults = /^faults: (.*)$/m.exec(output)![1]!;
      expect(faults.split(', ').filter((fault) => fault.endsWith(' 0'))).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'plays no run of nothing',
    async () => {
      for (const wrong of [
        ['--schedules', '50_000'],
        ['--schedules', '0'],
        ['--replay', 'x'],
      ]) {
        const { code, output } = await simulate(...wrong);
        expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('a whole number from 1 on') });
      }
    },
    PATIENCE_MS,
  );

  it(
    'comes out the same for the same seed, byte for byte',
    async () => {
      const [one, other] = [await simulate('--replay', '0x0000002a'), await simulate('--replay', '0x0000002a')];
      expect(one.output.split('\n').length).toBeGreaterThan(500);
      expect(other).toEqual(one);
    },
    PATIENCE_MS,
  );
});
