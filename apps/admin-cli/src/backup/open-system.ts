import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { holdDataDir } from '@adapters/runtime/src/embedded/data-dir.js';
import { runningPostgres, startPostgres } from '@adapters/runtime/src/embedded/postgres.js';
import { secretFile } from '@adapters/runtime/src/embedded/secret-file.js';
import { Failure } from '../client/failure.js';
import type { Shell } from '../shell.js';
import { mustHoldNoFigures } from './empty-engines.js';
import type { Manifest } from './manifest.js';
import { clusterStores, embeddedStores, masterKeyFile, masterKeyOf, variablesOf, type Store } from './system.js';

/** A system whose databases can be asked. */
export interface OpenSystem {
  readonly system: Manifest['system'];
  readonly stores: readonly Store[];
  readonly masterKey: Buffer;
  close(): Promise<void>;
}

const quiet = { info: () => undefined, warn: () => undefined };

/**
 * The system that the environment names, to be read: a cluster's databases, or those of a data directory, whether its server runs or not. @throws Failure
 */
export async function openSystem({ config }: Shell): Promise<OpenSystem> {
  const told = variablesOf(config, process.env);
  const masterKey = masterKeyOf(config, told);
  if (!masterKey) throw new Failure(noMasterKey(told.isCluster, config.dataDir));
  if (told.isCluster) return { system: 'cluster', masterKey, stores: clusterStores(told), close: () => Promise.resolve() };
  const running = runningPostgres(config.dataDir);
  if (running !== null) return { system: 'embedded', masterKey, stores: embeddedStores(running), close: () => Promise.resolve() };
  if (!existsSync(join(config.dataDir, 'postgres', 'data'))) throw new Failure(`${config.dataDir} holds no system: set DATA_DIR to the server's.`);
  const started = await start(config.dataDir);
  return { system: 'embedded', masterKey, ...started };
}

/**
 * The system that the environment names, to be filled; a data directory gets the master key, where it has none. @param check is asked before anything is made
 * @throws Failure where it is not empty
 */
export async function openEmptySystem(
  { config }: Shell,
  check: (masterKey: Buffer, system: Manifest['system']) => Promise<void>,
): Promise<OpenSystem> {
  const { dataDir } = config;
  const told = variablesOf(config, process.env);
  const masterKey = masterKeyOf(config, told);
  if (!masterKey) throw new Failure(noMasterKey(told.isCluster, dataDir));
  await check(masterKey, told.isCluster ? 'cluster' : 'embedded');
  if (told.isCluster) {
    const stores = clusterStores(told);
    await mustHoldNoFigures(told.variables);
    return { system: 'cluster', masterKey, stores, close: () => Promise.resolve() };
  }
  const figures = join(dataDir, 'clickhouse');
  if (existsSync(figures) && readdirSync(figures).length > 0)
    throw new Failure(`${dataDir} is not empty: it has the figures of another system. Choose another DATA_DIR. Nothing was restored.`);
  const started = await start(dataDir);
  secretFile(masterKeyFile(dataDir), () => masterKey.toString('base64'));
  return { system: 'embedded', masterKey, ...started };
}

async function start(dataDir: string): Promise<Pick<OpenSystem, 'stores' | 'close'>> {
  const held = holdDataDir(dataDir);
  try {
    const postgres = await startPostgres({ dataDir, logger: quiet });
    const close = async (): Promise<void> => {
      await postgres.stop();
      held.release();
    };
    return { stores: embeddedStores(postgres.url()), close };
  } catch (error) {
    held.release();
    throw error;
  }
}

const noMasterKey = (isCluster: boolean, dataDir: string): string =>
  isCluster
    ? 'There is no master key: name the file that holds it by MASTER_KEY_FILE. Without it no personal data of a backup can be read.'
    : `There is no master key: put the shop's into ${masterKeyFile(dataDir)}, or name its file by MASTER_KEY_FILE. Without it no personal data of a backup can be read.`;
