import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouse } from '@adapters/read-store/src/clickhouse.js';

/** ClickHouse's engine over a directory of its own. The engine allows one open directory a process. */
export interface TestClickHouse {
  readonly path: string;
  readonly clickhouse: ClickHouse;
  /** Closes and opens the engine again over the same directory, as a restart of the process would. */
  reopen(): Promise<ClickHouse>;
  /** Closes the engine and removes the directory. */
  drop(): Promise<void>;
}

/** Opens an empty ClickHouse. */
export async function testClickHouse(): Promise<TestClickHouse> {
  const path = await mkdtemp(join(tmpdir(), 'nebulocart-clickhouse-'));
  let clickhouse = new ClickHouse({ path });
  return {
    path,
    get clickhouse() {
      return clickhouse;
    },
    async reopen() {
      await clickhouse.close();
      clickhouse = new ClickHouse({ path });
      return clickhouse;
    },
    async drop() {
      await clickhouse.close();
      await rm(path, { recursive: true, force: true });
    },
  };
}
