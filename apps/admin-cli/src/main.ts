import { Command } from 'commander';
import { readConfig } from '@adapters/runtime/src/config.js';
import { StartupError } from '@adapters/runtime/src/startup-error.js';
import { addAudit } from './audit/command.js';
import { addBackup, addRestore } from './backup/command.js';
import { Api } from './client/api.js';
import { Failure } from './client/failure.js';
import { addDeadLetters } from './dead-letters/command.js';
import { addDemoDay } from './demo-day/command.js';
import { addImport } from './import/command.js';
import { addKeysRotate } from './keys/command.js';
import { addRebuild } from './rebuild/command.js';
import type { Shell } from './shell.js';

try {
  const shell: Shell = {
    config: readConfig(process.env),
    directory: process.env['INIT_CWD'] ?? process.cwd(),
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
    exit: (code) => void (process.exitCode = code),
  };
  const program = new Command('nebulocart')
    .description('operate a running Nebulocart')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  for (const add of [addImport, addAudit, addRebuild, addKeysRotate, addDeadLetters, addBackup, addRestore, addDemoDay]) add(program, shell);
  await program.parseAsync().finally(() => Api.logOutAll());
} catch (error) {
  if (!(error instanceof Failure || error instanceof StartupError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
