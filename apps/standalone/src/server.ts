import { chmodSync, mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Config } from '@adapters/runtime/src/config.js';
import { holdDataDir } from '@adapters/runtime/src/embedded/data-dir.js';
import { startPostgres, type EmbeddedPostgres } from '@adapters/runtime/src/embedded/postgres.js';
import { logEarlyLinesTo } from '@adapters/runtime/src/logging/early-logger.js';
import { createLogger, writesForPeople } from '@adapters/runtime/src/logging/logger.js';
import { loadSecrets } from '@adapters/runtime/src/secrets.js';
import { drain, onSignals, Shutdown } from '@adapters/runtime/src/shutdown.js';
import { adminAccount, forgetUnused } from './admin-account.js';
import { announcement } from './announcement.js';
import { Demo } from './demo/demo.js';
import { addressOf } from '@composition/address-of.js';
import { checkPort, portError } from '@composition/port-check.js';

/** Every role in one process over embedded engines, from the lock on its data to the last answered request. */
export class Server {
  private readonly logger;
  private readonly shutdown;
  private postgres: EmbeddedPostgres | undefined;
  private phase: 'starting' | 'serving' | 'ending' = 'starting';

  constructor(private readonly config: Config) {
    this.logger = createLogger({ level: config.logLevel, format: config.logFormat });
    logEarlyLinesTo(this.logger);
    this.shutdown = new Shutdown(this.logger);
  }

  /** Resolves when it serves requests. @throws StartupError, with what was begun stopped again */
  async start(): Promise<void> {
    this.handleEndings();
    try {
      await this.startInOrder();
    } catch (error) {
      await this.shutdown.run();
      if (error instanceof Interrupted) process.exit(0);
      throw error;
    }
    this.phase = 'serving';
  }

  private async startInOrder(): Promise<void> {
    const { config, shutdown } = this;
    const held = holdDataDir(config.dataDir);
    shutdown.add('the lock of the data directory', () => held.release());
    await checkPort(config.host, config.port);
    const demo = Demo.of(config, held.wasEmpty);
    const admin = adminAccount(config);

    // Postgres boots in processes of its own while this one loads the application's modules.
    const [postgres, secrets, startApplication] = await allOrFirstError([this.startDatabase(), loadSecrets(config.dataDir), this.loadApplication()]);
    this.checkpoint();
    const databaseUrl = postgres.url();
    const clickhousePath = closedFolder(join(config.dataDir, 'clickhouse'));
    const { app, administrator, commands, listening, hurry } = await startApplication({ config, secrets, admin, databaseUrl, clickhousePath });
    if (administrator !== 'registered') forgetUnused(admin);
    this.checkpoint();

    const listener = app.getHttpServer();
    shutdown.add('requests', () => drain(listener));
    shutdown.add('requests that wait', hurry);
    await app.listen(config.port, config.host).catch((error: NodeJS.ErrnoException) => {
      throw portError(error, config.host, config.port);
    });
    const url = addressOf(listener.address() as AddressInfo);
    listening(url);
    this.announce(url, announcement({ url, dataDir: config.dataDir, admin, administrator, demo: demo.pending, seconds: process.uptime() }));
    shutdown.add('the demo', demo.play(commands, this.logger));
  }

  private async startDatabase(): Promise<EmbeddedPostgres> {
    this.postgres = await startPostgres({ dataDir: this.config.dataDir, logger: this.logger });
    this.shutdown.add('Postgres', () => this.postgres?.stop());
    return this.postgres;
  }

  /** Telemetry first: the instruments that the application's modules make as they load would record nothing otherwise. */
  private async loadApplication() {
    const { startTelemetry } = await import('@adapters/runtime/src/telemetry/telemetry.js');
    const telemetry = startTelemetry({ service: 'nebulocart', otlpEndpoint: this.config.otlpEndpoint });
    this.shutdown.add('telemetry', () => telemetry.stop());
    const { startApplication } = await import('./application.js');
    const { logger, shutdown } = this;
    return (parts: Omit<Parameters<typeof startApplication>[0], 'logger' | 'shutdown' | 'telemetry'>) =>
      startApplication({ ...parts, logger, shutdown, telemetry });
  }

  /** People on a terminal read the text; a machine that reads the log gets a line of its own, without the password. */
  private announce(url: string, text: string): void {
    const forPeople = writesForPeople({ level: this.config.logLevel, format: this.config.logFormat });
    if (!forPeople) this.logger.info({ url }, 'ready');
    (forPeople ? process.stdout : process.stderr).write(`${text}\n`);
  }

  private handleEndings(): void {
    onSignals(
      (signal) => {
        this.logger.info(`${signal}: stopping`);
        if (this.phase === 'starting') this.phase = 'ending';
        else void this.end(0);
      },
      () => this.endAtOnce(),
    );
    const crash = (error: unknown): void => {
      this.logger.fatal({ err: error }, 'an error that nothing handles: stopping');
      void this.end(1);
    };
    process.on('uncaughtException', crash);
    process.on('unhandledRejection', crash);
  }

  private async end(code: number): Promise<void> {
    if (this.phase === 'ending') return;
    this.phase = 'ending';
    await this.shutdown.run();
    this.logger.info('stopped');
    process.exit(code);
  }

  /** Leaves no process either; Postgres recovers at the next start. */
  private endAtOnce(): never {
    if (this.postgres) process.kill(this.postgres.pid, 'SIGQUIT');
    process.exit(1);
  }

  /** @throws Interrupted where a signal came while the server was starting */
  private checkpoint(): void {
    if (this.phase === 'ending') throw new Interrupted();
  }
}

class Interrupted extends Error {}

/** All results, or the first error once everything that was begun has come to its end. */
async function allOrFirstError<Work extends readonly unknown[]>(work: { [Index in keyof Work]: Promise<Work[Index]> }): Promise<Work> {
  const settled = await Promise.allSettled(work);
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed) throw (failed as PromiseRejectedResult).reason;
  return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as Work;
}

/** ClickHouse's engine makes files that everybody may read; so nobody else gets as far. */
function closedFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
  return path;
}
