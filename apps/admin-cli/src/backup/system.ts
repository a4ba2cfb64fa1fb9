import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectionOf, type Connection } from '@adapters/event-store/src/connection.js';
import type { Config } from '@adapters/runtime/src/config.js';
import { Environment } from '@adapters/runtime/src/config/environment.js';
import { databaseSection } from '@composition/config/role-sections.js';
import { ROLE_VARIABLES } from '@composition/config/role-variables.js';
import { ANALYTICS, CONTEXTS, SIMULATED_PAYMENTS, type DatabaseName } from '@composition/contexts.js';
import { Failure } from '../client/failure.js';

/** One database with the schemas that are kept of it. */
export interface Store {
  readonly url: string;
  readonly ca: string | undefined;
  readonly connection: Connection;
  readonly schemas: readonly DatabaseName[];
}

/** Whoever sends commands stands before those who receive them, and who gave out keys stands last; a backup is fixed in this order. */
const ORDER: readonly DatabaseName[] = ['ordering', SIMULATED_PAYMENTS, 'catalog', 'identity'];

/** What a command about backups is told: by the environment, or by the folder that `npm run cluster` keeps. */
export interface Variables {
  readonly environment: Environment;
  readonly variables: NodeJS.ProcessEnv;
  /** Services of their own, or one process over embedded engines. */
  readonly isCluster: boolean;
}

export function variablesOf({ dataDir }: Pick<Config, 'dataDir'>, own: NodeJS.ProcessEnv): Variables {
  const variables = existsSync(join(dataDir, 'secrets', 'identity_database_url')) ? { ...clusterVariables(dataDir), ...own } : own;
  const environment = new Environment(variables);
  return { environment, variables, isCluster: environment.isSet('IDENTITY_DATABASE_URL') };
}

/** What `npm run cluster` tells its processes, of what concerns databases and engines. */
function clusterVariables(dataDir: string): NodeJS.ProcessEnv {
  const secret = (name: string): string => join(dataDir, 'secrets', name);
  const ports = JSON.parse(readFileSync(join(dataDir, 'ports.json'), 'utf8')) as Record<string, number>;
  const urls = [...CONTEXTS, ANALYTICS].map((name) => [`${name.toUpperCase()}_DATABASE_URL_FILE`, secret(`${name}_database_url`)]);
  return {
    ...(Object.fromEntries(urls) as Record<string, string>),
    MASTER_KEY_FILE: secret('master-key'),
    KAFKA_BROKERS: `127.0.0.1:${ports['kafka']}`,
    CLICKHOUSE_URL: `http://127.0.0.1:${ports['clickhouse']}`,
    CLICKHOUSE_USER: 'nebulocart',
    CLICKHOUSE_PASSWORD_FILE: secret('clickhouse-password'),
  };
}

/** The databases of a cluster. @throws StartupError naming every variable that is missing */
export function clusterStores({ environment }: Variables): Store[] {
  const { byName, ca } = databaseSection(environment, CONTEXTS);
  const simulator = environment.isSet('PAYMENTS_SIMULATOR_DATABASE_URL')
    ? environment.read('PAYMENTS_SIMULATOR_DATABASE_URL', ROLE_VARIABLES.DATABASE_URL)
    : undefined;
  environment.check();
  const urlOf = (name: DatabaseName): string => (name === SIMULATED_PAYMENTS ? (simulator ?? byName.ordering!.url) : byName[name]!.url);
  return [...Map.groupBy(ORDER, urlOf)].map(([url, schemas]) => ({ url, ca, connection: connectionOf(url, ca), schemas }));
}

/** The one database of a process over embedded engines. */
export const embeddedStores = (url: string): Store[] => [{ url, ca: undefined, connection: connectionOf(url), schemas: ORDER }];

const KEY_BYTES = 32;

/** The key that wraps those of personal data, from the environment or from the data directory; undefined where there is none. @throws Failure for a damaged one */
export function masterKeyOf({ dataDir }: Pick<Config, 'dataDir'>, { environment }: Variables): Buffer | undefined {
  if (environment.isSet('MASTER_KEY')) {
    const key = environment.read('MASTER_KEY', ROLE_VARIABLES.MASTER_KEY) as Buffer;
    environment.check();
    return key;
  }
  const file = masterKeyFile(dataDir);
  if (!existsSync(file)) return undefined;
  const key = Buffer.from(readFileSync(file, 'utf8'), 'base64');
  if (key.length !== KEY_BYTES) throw new Failure(`${file} is damaged: put the master key of this shop there again.`);
  return key;
}

export const masterKeyFile = (dataDir: string): string => join(dataDir, 'secrets', 'master-key');
