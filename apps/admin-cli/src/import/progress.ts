import { Presets, SingleBar } from 'cli-progress';

/** How far the import is, in rows; on a terminal a bar with the rate and the time left, elsewhere nothing. */
export interface Progress {
  advance(rows: number): void;
  /** Says something without breaking the bar. */
  say(line: string): void;
  stop(): void;
}

/** @param stream where the bar and what is said go: standard error, so that standard output is the report alone */
export function progressOf(total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  const say = (line: string): void => void stream.write(`${line}\n`);
  if (!stream.isTTY) return { advance: () => {}, say, stop: () => {} };
  const bar = new SingleBar(
    {
      stream,
      format: '{bar} {percentage}% | {value}/{total} rows | {rate} rows/s | {left} left',
      hideCursor: true,
      fps: 8,
      clearOnComplete: true,
      stopOnComplete: false,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  const started = performance.now();
  let done = 0;
  bar.start(total, 0, { rate: 0, left: '?' });
  return {
    advance(rows) {
      done += rows;
      const rate = done / Math.max((performance.now() - started) / 1000, 0.001);
      bar.update(done, { rate: Math.round(rate).toLocaleString('en-GB'), left: done * 100 > total ? `${Math.ceil((total - done) / rate)} s` : '?' });
    },
    say(line) {
      stream.write('\r\x1b[K');
      say(line);
    },
    stop: () => bar.stop(),
  };
}
