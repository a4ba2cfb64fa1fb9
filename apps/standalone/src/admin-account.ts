import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@adapters/runtime/src/config.js';
import { randomPassword, secretFile } from '@adapters/runtime/src/embedded/secret-file.js';

/** Sign-in of the first administrator. */
export interface AdminAccount {
  readonly email: string;
  readonly password: string;
  /** Where a made password is kept; undefined where the environment gave it. */
  readonly file?: string;
  /** True at the start that made the password: the only one that shows it. */
  readonly fresh: boolean;
}

/** The administrator that the environment names; a password that it does not give is made once and kept with mode 0600. */
export function adminAccount({ adminEmail: email, adminPassword, dataDir }: Config): AdminAccount {
  if (adminPassword !== undefined) return { email, password: adminPassword, fresh: false };
  const file = join(dataDir, 'admin-password');
  const fresh = !existsSync(file);
  return { email, password: secretFile(file, () => `${randomPassword()}\n`).trim(), file, fresh };
}

/** Removes a password that this start has made, where it turned out that nobody needed one: whoever read it later would take it for right. */
export function forgetUnused({ file, fresh }: AdminAccount): void {
  if (file !== undefined && fresh) rmSync(file, { force: true });
}
