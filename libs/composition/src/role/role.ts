import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Shutdown } from '@adapters/runtime/src/shutdown.js';
import type { Telemetry } from '@adapters/runtime/src/telemetry/telemetry.js';
import type { Logger } from 'pino';
import type { RoleConfig } from '../config/role-sections.js';

export interface RoleParts<Config> {
  readonly config: Config;
  readonly logger: Logger;
  /** What is started adds here how it is stopped, as it is started. */
  readonly shutdown: Shutdown;
  readonly telemetry: Telemetry;
}

/** A role that runs, short of listening. */
export interface RunningRole {
  readonly app: NestFastifyApplication;
  /** Called with the address of this process once it listens. */
  readonly listening?: (url: string) => void;
  /** What goes on starting beside a process that answers already; should it fail, the process ends with code 1. */
  readonly starting?: Promise<unknown>;
  /** Answers now those who wait for something to happen: the process takes no more requests. */
  readonly hurry?: () => void;
}

/** One kind of process. Its modules are loaded late: instruments that are made before telemetry has started record nothing. */
export interface Role<Config extends RoleConfig> {
  readonly name: string;
  readonly read: (environment: NodeJS.ProcessEnv) => Config;
  readonly load: () => Promise<{
    start(parts: RoleParts<Config>): Promise<RunningRole>;
    /** Brings the databases up to date that this role owns. */
    migrate(config: Config): Promise<void>;
  }>;
}
