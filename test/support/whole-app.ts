import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readConfig } from '@adapters/runtime/src/config.js';
import { createLogger } from '@adapters/runtime/src/logging/logger.js';
import { loadSecrets } from '@adapters/runtime/src/secrets.js';
import { Shutdown } from '@adapters/runtime/src/shutdown.js';
import { startTelemetry } from '@adapters/runtime/src/telemetry/telemetry.js';
import { testDatabase } from '@testing/postgres.js';

const ADMIN = { email: 'admin@shop.example', password: 'correct horse battery' };

export interface WholeAppOptions {
  /** Where spans go; none are made without it. */
  readonly otlpEndpoint?: string;
  readonly logLevel?: 'info' | 'debug' | 'trace';
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Every role of the standalone server in this process, with its real logger and telemetry, over a database and an analytics engine of its own.
 * One at a time in a process: the analytics engine allows no second.
 */
export async function wholeApp({ otlpEndpoint, logLevel = 'trace', env = {} }: WholeAppOptions = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'nebulocart-app-'));
  const database = await testDatabase();
  const config = readConfig({ DATA_DIR: dataDir, DEMO: 'false', RATE_LIMIT: 'off', SIMULATED_PAYMENT_DELAY_MS: '0', ...env });
  const lines: string[] = [];
  const logger = createLogger({ level: logLevel, format: 'json' }, { write: (line) => void lines.push(line) });
  const shutdown = new Shutdown(logger);
  // Before the application's modules are loaded: instruments made earlier record nothing.
  const telemetry = startTelemetry({ service: 'nebulocart', otlpEndpoint });
  shutdown.add('telemetry', () => telemetry.stop());
  const { startApplication } = await import('../../apps/standalone/src/application.js');
  const { app, listening } = await startApplication({
    config,
    secrets: await loadSecrets(dataDir),
    admin: { ...ADMIN, fresh: false },
    databaseUrl: database.url,
    clickhousePath: join(dataDir, 'clickhouse'),
    logger,
    shutdown,
    telemetry,
  });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  listening(url);
  return {
    app: app as NestFastifyApplication,
    url,
    admin: ADMIN,
    databaseUrl: database.url,
    dataDir,
    telemetry,
    /** What it logged, one JSON object a line. */
    lines,
    close: async () => {
      await shutdown.run();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type WholeApp = Awaited<ReturnType<typeof wholeApp>>;
