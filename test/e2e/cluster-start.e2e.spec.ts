import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@testing/eventually.js';
import { serverDirectory } from '@testing/server.js';
import { Cluster } from '../../scripts/cluster/cluster.mjs';
import { freePorts } from '../../scripts/engines/server-process.mjs';

const STOP_MS = 180_000;

it(
  'stops what was begun when the start is given up, and frees the data',
  async () => {
    const dataDir = serverDirectory();
    const [port] = (await freePorts(1)) as [number];
    const over = new AbortController();
    const states: string[] = [];
    const start = Cluster.start({
      dataDir,
      port,
      signal: over.signal,
      onChange: ({ name, state }) => {
        states.push(`${name} ${state}`);
        // All engines have had their turn.
        if (name === 'clickhouse' && state === 'starting') setImmediate(() => over.abort());
      },
    });
    await expect(start).rejects.toThrow();
    expect(states.filter((state) => /^(kafka|clickhouse|identity-1|gateway) ready$/.test(state))).toEqual([]);
    expect(states.filter((state) => state.endsWith(' starting')).map((state) => state.split(' ')[0])).toEqual([
      'postgres',
      'kafka',
      'redis',
      'clickhouse',
    ]);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
    expect(existsSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
    await eventually(() => expect(readdirSync(join(dataDir, 'run'))).toEqual([]));
  },
  STOP_MS,
);
