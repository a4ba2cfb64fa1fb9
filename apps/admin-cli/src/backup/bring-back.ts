import { pipeline } from 'node:stream/promises';
import { DatabaseTarget } from '@adapters/event-store/src/backup/database-target.js';
import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { CONTEXTS, type DatabaseName } from '@composition/contexts.js';
import { MIGRATIONS } from '@composition/databases.js';
import { Failure } from '../client/failure.js';
import { sendAgain } from './commands-under-way.js';
import { masterKeyCheck, type Manifest, type SchemaManifest } from './manifest.js';
import { checkPart, openPart } from './parts.js';
import type { Store } from './system.js';

/** The context whose sagas send commands to others. */
const SENDER = 'ordering';

export interface BringBackParts {
  readonly manifest: Manifest;
  readonly folder: string;
  readonly stores: readonly Store[];
  readonly say: (line: string) => void;
}

/** All that can be found wrong before anything is touched. @throws Failure, with what to do */
export async function checkBackup(manifest: Manifest, folder: string, masterKey: Buffer, system: Manifest['system']): Promise<void> {
  for (const { name, migrations } of manifest.schemas) {
    const known = MIGRATIONS[name as DatabaseName]?.map((migration) => migration.name) ?? [];
    const strange = migrations.filter((migration) => !known.includes(migration));
    if (strange.length > 0)
      throw new Failure(`This backup was made by a newer release (${name} has ${strange.join(', ')}): restore it with that one or a later.`);
  }
  if (manifest.masterKeyCheck !== masterKeyCheck(masterKey))
    throw new Failure(
      'The master key is not the one of this backup, and would open none of its personal data. Name the right one by MASTER_KEY_FILE, or put it into DATA_DIR/secrets/master-key. Nothing was restored.',
    );
  const travelling = manifest.schemas.flatMap(({ tables }) => tables).filter(({ name, rows }) => name === 'command_inbox' && rows > 0);
  if (manifest.system === 'cluster' && system === 'embedded' && travelling.length > 0)
    throw new Failure(
      'This backup holds commands that services of a cluster were to carry out, which one process does not do: restore it into a cluster.',
    );
  for (const table of manifest.schemas.flatMap(({ tables }) => tables)) await checkPart(folder, table);
}

/**
 * Brings a backup that was checked into databases without anything in them. Everything is loaded before any of it is committed; a restore that ends before it
 * says so has left an empty system behind, and can be made again. @throws Failure
 */
export async function bringBack({ manifest, folder, stores, say }: BringBackParts): Promise<{ sentAgain: number }> {
  const targets: { readonly store: Store; readonly target: DatabaseTarget; readonly schemas: readonly SchemaManifest[] }[] = [];
  try {
    for (const store of stores) {
      const schemas = manifest.schemas.filter(({ name }) => store.schemas.includes(name as DatabaseName));
      targets.push({ store, target: await DatabaseTarget.connect(store.connection), schemas });
    }
    // What is found empty is dropped: nobody else may be filling it.
    for (const { target } of targets) await target.claim();
    for (const { target, schemas } of targets) for (const { name } of schemas) await mustBeEmpty(target, name);
    for (const { store, target, schemas } of targets) {
      for (const schema of schemas) await makeTables(store, target, schema);
      await target.begin();
      for (const schema of schemas) {
        await load(target, schema, folder);
        say(`${schema.name}: ${schema.tables.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en-GB')} rows`);
      }
    }
    const byContext = new Map(targets.flatMap(({ target, schemas }) => schemas.map(({ name }) => [name, target] as const)));
    const sender = byContext.get(SENDER);
    // In one database a command leaves its outbox with what it has done; on the way between services it is in neither, wherever it is brought back to.
    const sentAgain = manifest.system === 'cluster' && sender ? await sendAgain(SENDER, sender, byContext) : 0;
    await commitAll(targets.map(({ target, schemas }) => ({ target, names: schemas.map(({ name }) => name) })));
    return { sentAgain };
  } finally {
    await Promise.all(targets.map(({ target }) => target.close()));
  }
}

/** A connection that is gone is noticed before anything is committed. @throws Failure, saying what is there, where only some of it could be */
export async function commitAll(
  targets: readonly { readonly target: Pick<DatabaseTarget, 'rows' | 'commit'>; readonly names: readonly string[] }[],
): Promise<void> {
  for (const { target } of targets) await target.rows('select 1');
  const there: string[] = [];
  for (const { target, names } of targets) {
    try {
      await target.commit();
    } catch (error) {
      if (there.length === 0) throw error;
      throw new Failure(
        `Only a part was restored (${there.join(', ')}), and ${names.join(', ')} could not be: ${(error as Error).message}. Drop the schemas that are there, and restore again.`,
        { cause: error },
      );
    }
    there.push(...names);
  }
}

async function mustBeEmpty(target: DatabaseTarget, schema: string): Promise<void> {
  const table = await target.occupied(schema);
  if (table === undefined) return;
  throw new Failure(
    `This system is not empty (${schema}.${table} has rows), and a restore writes over nothing. Choose another DATA_DIR, or databases without anything in them. Nothing was restored.`,
  );
}

/** Exactly as they were; what a later release adds comes with its first start. */
async function makeTables({ url, ca }: Store, target: DatabaseTarget, { name, migrations }: SchemaManifest): Promise<void> {
  await target.drop(name);
  const listed = MIGRATIONS[name as DatabaseName].filter((migration) => migrations.includes(migration.name));
  const database = await ContextDatabase.connect({ context: name, url, migrations: listed, poolSize: 2, ...(ca !== undefined && { ca }) });
  try {
    await database.migrate();
  } finally {
    await database.close();
  }
}

async function load(target: DatabaseTarget, { name, tables, sequences, head }: SchemaManifest, folder: string): Promise<void> {
  await target.prepare(name, tables);
  for (const table of tables) {
    const rows = target.copy(name, table);
    const [file, unzipped] = openPart(folder, table);
    await pipeline(file!, unzipped as never, rows);
    if (rows.rowCount !== table.rows)
      throw new Failure(`${name}.${table.name} has ${rows.rowCount} rows and had ${table.rows}: nothing was restored.`);
  }
  await target.finish(name, tables, sequences);
  if (!(CONTEXTS as readonly string[]).includes(name) || !head) return;
  await target.forgetProcesses(name);
  const found = await target.head(name);
  if (found.events !== head.events || found.position !== head.position || found.waiting !== head.waiting)
    throw new Failure(
      `${name} is at position ${found.position} with ${found.events} events, and was at ${head.position} with ${head.events}: nothing was restored.`,
    );
}
