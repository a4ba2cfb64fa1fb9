import { PassThrough } from 'node:stream';
import { progressOf } from './progress.js';

/** A standard error that remembers what it was shown. */
function streamOf(isTTY: boolean): { stream: NodeJS.WriteStream; shown: () => string } {
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 120,
    rows: 40,
    cursorTo: () => true,
    clearLine: () => true,
    clearScreenDown: () => true,
    moveCursor: () => true,
  });
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { stream: stream as unknown as NodeJS.WriteStream, shown: () => text };
}

describe('progressOf', () => {
  it('shows a bar with rate and time left on a terminal', () => {
    const { stream, shown } = streamOf(true);
    const progress = progressOf(1000, stream);
    progress.advance(400);
    progress.say('Waiting for the server.');
    progress.stop();
    expect(shown()).toMatch(/0% \| 0\/1000 rows/);
    expect(shown()).toContain('Waiting for the server.\n');
  });

  it('shows nothing but what is said elsewhere', () => {
    const { stream, shown } = streamOf(false);
    const progress = progressOf(1000, stream);
    progress.advance(400);
    progress.say('Waiting for the server.');
    progress.stop();
    expect(shown()).toBe('Waiting for the server.\n');
  });
});
