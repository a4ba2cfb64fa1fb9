import { join } from 'node:path';
import { holdDataDir } from '@adapters/runtime/src/embedded/data-dir.js';
import { createLogger } from '@adapters/runtime/src/logging/logger.js';
import { onSignals, Shutdown } from '@adapters/runtime/src/shutdown.js';
import { Engine } from './engine.js';
import { Front } from './front.js';
import type { FrontConfig } from './front-config.js';

/** Statements that may wait for one that runs. */
const WAITING = 200;

/** The one owner of a data directory, from its lock to the last answered statement. */
export async function serve(config: FrontConfig): Promise<void> {
  const log = createLogger({ level: config.logLevel, format: 'auto' });
  const shutdown = new Shutdown(log);
  onSignals(
    (signal) => {
      log.info(`${signal}: stopping`);
      void shutdown.run().then(() => process.exit(0));
    },
    () => process.exit(1),
  );
  const held = holdDataDir(config.dataDir);
  shutdown.add('the lock of the data directory', () => held.release());
  try {
    const engine = new Engine({
      path: join(config.dataDir, 'clickhouse'),
      statements: config.statements,
      waiting: WAITING,
      defaults: { max_execution_time: String(config.maxSeconds) },
    });
    shutdown.add('the engine', () => engine.stop());
    const front = new Front({ engine, credentials: config, maxBodyBytes: config.maxBodyBytes, log });
    shutdown.add('statements', () => front.stop());
    const port = await front.listen(config.port, config.host);
    log.info({ role: 'clickhouse-front', url: `http://${config.host}:${port}` }, 'ready');
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}
