import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Readiness } from '@adapters/runtime/src/health/readiness.js';
import { logEarlyLinesTo } from '@adapters/runtime/src/logging/early-logger.js';
import { createLogger } from '@adapters/runtime/src/logging/logger.js';
import { drain, onSignals, Shutdown } from '@adapters/runtime/src/shutdown.js';
import type { RoleConfig } from '../config/role-sections.js';
import { addressOf } from '../address-of.js';
import { checkPort, portError, type PortWords } from '../port-check.js';
import type { Role, RunningRole } from './role.js';

/** A role is no `npm start`. */
const WORDS: PortWords = { prefix: '', command: '' };

/** One process of a role, from its configuration to its last answered request. */
export class RoleProcess<Config extends RoleConfig> {
  private readonly logger;
  private readonly shutdown;
  private code = 0;
  private phase: 'starting' | 'serving' | 'ending' = 'starting';

  constructor(
    private readonly role: Role<Config>,
    private readonly config: Config,
  ) {
    this.logger = createLogger({ level: config.logLevel, format: config.logFormat, role: role.name });
    logEarlyLinesTo(this.logger);
    this.shutdown = new Shutdown(this.logger, config.shutdownDelayMs + config.shutdownTimeoutMs);
  }

  /** Resolves when it serves. @throws StartupError, with what was begun stopped again */
  async start(): Promise<void> {
    this.handleEndings();
    try {
      await this.startInOrder();
    } catch (error) {
      await this.shutdown.run();
      // What was stopped under it by a signal fails as it must.
      if (this.isEnding()) await this.stop();
      throw error;
    }
    if (this.isEnding()) await this.stop();
    else this.phase = 'serving';
  }

  private async startInOrder(): Promise<void> {
    const { config, role, shutdown, logger } = this;
    await checkPort(config.host, config.port, WORDS);
    const { startTelemetry } = await import('@adapters/runtime/src/telemetry/telemetry.js');
    const telemetry = startTelemetry({ service: `nebulocart-${role.name}`, otlpEndpoint: config.otlpEndpoint });
    shutdown.add('telemetry', () => telemetry.stop());
    const { start } = await role.load();
    await this.listen(await start({ config, logger, shutdown, telemetry }));
  }

  /** Stopped last to first: readiness turns, balancers get time to see it, those who wait are answered, and intake ends. */
  private async listen({ app, listening, hurry, starting }: RunningRole): Promise<void> {
    const { config, shutdown } = this;
    starting?.catch((err: unknown) => {
      if (this.isEnding()) return;
      this.logger.fatal({ err }, `cannot start: ${String((err as Error | undefined)?.message ?? err)}`);
      void this.end(1);
    });
    const listener = app.getHttpServer();
    shutdown.add('requests', () => drain(listener));
    shutdown.add('requests that wait', () => hurry?.());
    await app.listen(config.port, config.host).catch((error: NodeJS.ErrnoException) => {
      throw portError(error, config.host, config.port, WORDS);
    });
    shutdown.add('the wait for balancers', () => sleep(config.shutdownDelayMs));
    shutdown.add('readiness', () => app.get(Readiness).markStopping());
    const url = addressOf(listener.address() as AddressInfo);
    listening?.(url);
    this.logger.info({ url }, 'ready');
  }

  private handleEndings(): void {
    onSignals(
      (signal) => {
        this.logger.info(`${signal}: stopping`);
        void this.end(0);
      },
      () => process.exit(1),
    );
    const crash = (error: unknown): void => {
      this.logger.fatal({ err: error }, 'an error that nothing handles: stopping');
      void this.end(1);
    };
    process.on('uncaughtException', crash);
    process.on('unhandledRejection', crash);
  }

  private isEnding(): boolean {
    return this.phase === 'ending';
  }

  private async end(code: number): Promise<void> {
    if (this.phase === 'ending') return;
    this.phase = 'ending';
    this.code = code;
    await this.stop();
  }

  private async stop(): Promise<never> {
    const isStopped = await this.shutdown.run();
    if (isStopped) this.logger.info('stopped');
    process.exit(isStopped ? this.code : 1);
  }
}
