import { resolve } from 'node:path';
import type { Command } from 'commander';
import { StartupError } from '@adapters/runtime/src/startup-error.js';
import { Failure } from '../client/failure.js';
import type { Shell } from '../shell.js';
import { openSystem, openEmptySystem } from './open-system.js';
import { readManifest, type Manifest } from './manifest.js';
import { bringBack, checkBackup } from './bring-back.js';
import { takeBackup } from './take.js';

/** `backup --to DIR`: keeps what cannot be made anew, of a system that goes on working. */
export function addBackup(program: Command, shell: Shell): void {
  program
    .command('backup')
    .description('keep the event stores as they are at one moment, while orders come in')
    .requiredOption('--to <folder>', 'a folder that is not there yet')
    .option('--json', 'print a summary as one JSON object on the last line')
    .addHelpText('after', '\nExit code: 0 the backup is whole; 2 there is none.')
    .action((flags: { to: string; json?: true }) => inWords('There is no backup', backup(shell, flags)));
}

async function backup(shell: Shell, { to, json }: { to: string; json?: true }): Promise<void> {
  const folder = resolve(shell.directory, to);
  const system = await openSystem(shell);
  try {
    const manifest = await takeBackup({ ...system, folder, say: (line) => shell.complain(line) });
    const done = `Backup of ${manifest.takenAt} in ${folder}. It does not hold the master key: keep that elsewhere.`;
    shell.print(json ? JSON.stringify(summary(folder, manifest)) : done);
  } finally {
    await system.close();
  }
}

/** `restore --from DIR`: brings a backup into a system that holds nothing. */
export function addRestore(program: Command, shell: Shell): void {
  program
    .command('restore')
    .description('bring a backup into an empty system that is not running')
    .requiredOption('--from <folder>', 'the folder of the backup')
    .option('--json', 'print a summary as one JSON object on the last line')
    .addHelpText('after', '\nExit code: 0 restored; 2 it was not, and nothing is there.')
    .action((flags: { from: string; json?: true }) => inWords('Nothing was restored', restore(shell, flags)));
}

async function restore(shell: Shell, { from, json }: { from: string; json?: true }): Promise<void> {
  const folder = resolve(shell.directory, from);
  const manifest = await readManifest(folder);
  const system = await openEmptySystem(shell, (masterKey, kind) => checkBackup(manifest, folder, masterKey, kind));
  try {
    const { sentAgain } = await bringBack({ ...system, manifest, folder, say: (line) => shell.complain(line) });
    if (sentAgain > 0) shell.complain(`${sentAgain} commands of workflows were between services: they are sent again`);
    const done = `Restored the backup of ${manifest.takenAt}. Start the system: it makes its read models from the events; npm run audit proves them.`;
    shell.print(json ? JSON.stringify({ ...summary(folder, manifest), sentAgain }) : done);
  } finally {
    await system.close();
  }
}

/** What a database or the disk has to say is for people, too. */
async function inWords(what: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Failure || error instanceof StartupError) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    throw new Failure(`${what}: ${message || code}.`, { cause: error });
  }
}

const summary = (folder: string, { takenAt, schemas }: Omit<Manifest, 'format'>) => ({
  folder,
  takenAt,
  contexts: Object.fromEntries(schemas.flatMap(({ name, head }) => (head ? [[name, head]] : []))),
  rows: schemas.flatMap(({ tables }) => tables).reduce((sum, { rows }) => sum + rows, 0),
  bytes: schemas.flatMap(({ tables }) => tables).reduce((sum, { bytes }) => sum + bytes, 0),
});
