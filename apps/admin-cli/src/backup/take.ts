import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSnapshot, whileNothingIsReceived } from '@adapters/event-store/src/backup/database-snapshot.js';
import { MasterKeyWrapper } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { CONTEXTS } from '@composition/contexts.js';
import { Failure } from '../client/failure.js';
import { masterKeyCheck, writeManifest, type Manifest, type SchemaManifest } from './manifest.js';
import { writePart } from './parts.js';
import type { Store } from './system.js';

export interface TakeParts {
  readonly stores: readonly Store[];
  readonly masterKey: Buffer;
  readonly system: Manifest['system'];
  /** A folder that is not there yet, or empty. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/**
 * Writes what cannot be made anew of a system that goes on working. Each database is kept as it was at one moment; of several, nobody has received what
 * another had not sent. The folder gets its name when it is whole. @throws Failure
 */
export async function takeBackup({ stores, masterKey, system, folder, say }: TakeParts): Promise<Omit<Manifest, 'format'>> {
  await mustBeNew(folder);
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  // Its own: another backup may be on its way to the same folder.
  const draft = await mkdtemp(`${folder}.part-`);
  const snapshots: DatabaseSnapshot[] = [];
  try {
    for (const { connection, schemas } of stores) snapshots.push(await DatabaseSnapshot.open(connection, schemas));
    await whileNothingIsReceived(receivers(stores, snapshots), async () => {
      for (const snapshot of snapshots) await snapshot.fix();
    });
    const takenAt = new Date().toISOString();
    await mustOpen(snapshots, masterKey);
    const schemas: SchemaManifest[] = [];
    for (const snapshot of snapshots) schemas.push(...(await keep(snapshot, draft, say)));
    const manifest = { takenAt, system, masterKeyCheck: masterKeyCheck(masterKey), schemas };
    await writeManifest(draft, manifest);
    // Whatever somebody has put there since is theirs.
    await mustBeNew(folder);
    await rename(draft, folder);
    return manifest;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  } finally {
    await Promise.all(snapshots.map((snapshot) => snapshot.close()));
  }
}

async function mustBeNew(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new Failure(`${folder} is no folder that a backup can be written to (${error.code}): name a new one.`);
  });
  if (found.length > 0) throw new Failure(`${folder} is not empty, and no backup is written over another: name a new folder.`);
}

/** Inboxes of the databases that are fixed after the first, whose sagas send them commands. */
const receivers = (stores: readonly Store[], snapshots: readonly DatabaseSnapshot[]) =>
  stores.flatMap(({ connection }, index) =>
    index === 0
      ? []
      : snapshots[index]!.schemas.filter(({ tables }) => tables.some(({ name }) => name === 'command_inbox')).map(({ name: schema }) => ({
          connection,
          schema,
        })),
  );

/** A backup that its master key does not open is worth nothing, and it is better to hear of that now. */
async function mustOpen(snapshots: readonly DatabaseSnapshot[], masterKey: Buffer): Promise<void> {
  const wrapper = new MasterKeyWrapper(masterKey);
  for (const snapshot of snapshots.filter(({ schemas }) => schemas.some(({ name }) => name === 'identity'))) {
    const [key] = await snapshot.rows<{ subject: string; wrapped_key: Buffer }>(
      'select subject, wrapped_key from identity.subject_key where wrapped_key is not null order by created_at desc limit 1',
    );
    if (!key) continue;
    await wrapper.unwrap(key.subject, key.wrapped_key).catch(() => {
      throw new Failure(
        'The master key is not the one of this system: it does not open its keys. Name the right one by MASTER_KEY_FILE. Nothing was kept.',
      );
    });
  }
}

async function keep(snapshot: DatabaseSnapshot, folder: string, say: (line: string) => void): Promise<SchemaManifest[]> {
  const kept: SchemaManifest[] = [];
  for (const { name, migrations, tables } of snapshot.schemas) {
    const head = (CONTEXTS as readonly string[]).includes(name) ? { head: await snapshot.head(name) } : {};
    const parts: SchemaManifest['tables'] = [];
    for (const table of tables) {
      const file = `${name}.${table.name}.copy.gz`;
      const rows = snapshot.copy(name, table);
      const written = await writePart(rows, join(folder, file));
      parts.push({ name: table.name, columns: [...table.columns], rows: rows.rowCount, file, ...written });
    }
    kept.push({ name, migrations: [...migrations], ...head, sequences: await snapshot.sequences(name), tables: parts });
    say(
      `${name}: ${parts.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en-GB')} rows${head.head ? `, position ${head.head.position}` : ''}`,
    );
  }
  return kept;
}
