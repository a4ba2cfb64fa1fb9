import type { RoleConfig } from '../config/role-sections.js';
import { fail } from './fail.js';
import type { Role } from './role.js';
import { RoleProcess } from './role-process.js';

/**
 * Makes this process one of a role: `--check` only validates its configuration, `--migrate` only brings the databases up to date that it owns.
 * A start that fails ends the process with one line that says what to do.
 */
export async function runRole<Config extends RoleConfig>(role: Role<Config>): Promise<void> {
  try {
    const config = role.read(process.env);
    if (process.argv.includes('--check')) end('The configuration is valid.');
    if (process.argv.includes('--migrate')) {
      await (await role.load()).migrate(config);
      end('The databases are up to date.');
    }
    await new RoleProcess(role, config).start();
  } catch (error) {
    fail(error);
  }
}

function end(message: string): never {
  process.stdout.write(`${message}\n`);
  process.exit(0);
}
