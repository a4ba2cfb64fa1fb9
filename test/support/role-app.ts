import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Telemetry } from '@adapters/runtime/src/telemetry/telemetry.js';
import { createLogger } from '@adapters/runtime/src/logging/logger.js';
import { Shutdown } from '@adapters/runtime/src/shutdown.js';
import type { RoleParts, RunningRole } from '@composition/role/role.js';

/** One role in this process, as `RoleProcess` runs it, on a port that is free. */
export interface RoleApp {
  readonly app: NestFastifyApplication;
  readonly url: string;
  /** What it logged, one JSON object a line. */
  readonly lines: readonly string[];
  /** As at SIGTERM. */
  close(): Promise<void>;
}

/** Measures nothing: there is one telemetry in a process, and there are several roles in this one. */
const telemetry: Telemetry = { traces: false, prometheus: async () => '', stop: async () => undefined, guard: () => undefined };

export async function roleApp<Config>(name: string, config: Config, start: (parts: RoleParts<Config>) => Promise<RunningRole>): Promise<RoleApp> {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format: 'json', role: name }, { write: (line) => void lines.push(line) });
  const shutdown = new Shutdown(logger);
  const { app, listening, hurry } = await start({ config, logger, shutdown, telemetry }).catch(async (error: unknown) => {
    await shutdown.run();
    throw error;
  });
  shutdown.add('requests that wait', () => hurry?.());
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  listening?.(url);
  return { app, url, lines, close: async () => void (await shutdown.run()) };
}
