import { resolve } from 'node:path';
import { Environment } from './config/environment.js';
import {
  edgeSection,
  processSection,
  shopSection,
  tokenSection,
  workflowSection,
  type EdgeConfig,
  type ProcessConfig,
  type ShopConfig,
  type TokenConfig,
  type WorkflowConfig,
} from './config/sections.js';
import { VARIABLES } from './config/variables.js';

/** How a process is set up that is every role over embedded engines. */
export interface Config extends ProcessConfig, EdgeConfig, ShopConfig, WorkflowConfig, TokenConfig {
  /** Absolute path of everything that this instance keeps. */
  readonly dataDir: string;
  /** Whether to play the demo shop; undefined decides by whether the data directory is empty. */
  readonly demo: boolean | undefined;
  readonly adminEmail: string;
  /** Undefined makes one at the first start. */
  readonly adminPassword: string | undefined;
}

/** Reads the configuration from environment variables; an empty one counts as not set. @throws StartupError naming every bad value at once */
export function readConfig(variables: NodeJS.ProcessEnv): Config {
  const environment = new Environment(variables);
  const config: Config = {
    ...processSection(environment),
    dataDir: resolve(environment.read('DATA_DIR', VARIABLES.DATA_DIR) ?? ''),
    demo: asBoolean(environment.read('DEMO', VARIABLES.DEMO)),
    adminEmail: environment.read('ADMIN_EMAIL', VARIABLES.ADMIN_EMAIL),
    adminPassword: environment.read('ADMIN_PASSWORD', VARIABLES.ADMIN_PASSWORD),
    ...edgeSection(environment),
    ...shopSection(environment),
    ...workflowSection(environment),
    ...tokenSection(environment),
  };
  environment.check();
  return config;
}

const asBoolean = (word: 'true' | 'false' | undefined): boolean | undefined => (word === undefined ? undefined : word === 'true');
