import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '@adapters/runtime/src/config.js';
import { Failure } from './failure.js';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** The administrator's: from ADMIN_EMAIL and ADMIN_PASSWORD, or the password that the server keeps in DATA_DIR. @throws Failure */
export async function credentialsOf(config: Pick<Config, 'adminEmail' | 'adminPassword' | 'dataDir'>): Promise<Credentials> {
  const email = config.adminEmail;
  if (config.adminPassword) return { email, password: config.adminPassword };
  const file = join(config.dataDir, 'admin-password');
  try {
    return { email, password: (await readFile(file, 'utf8')).trim() };
  } catch {
    throw new Failure(`No password for ${email}: set ADMIN_PASSWORD, or set DATA_DIR to the server's, where it keeps ${file}.`);
  }
}
