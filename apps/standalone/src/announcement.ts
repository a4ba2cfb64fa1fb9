import type { Administered } from '@contexts/identity/src/commands/first-administrator.js';
import type { AdminAccount } from './admin-account.js';

export interface Announced {
  readonly url: string;
  readonly dataDir: string;
  readonly admin: AdminAccount;
  readonly administrator: Administered;
  readonly demo: boolean;
  /** From the process's birth until it listened. */
  readonly seconds: number;
}

/** What a person at the terminal wants to know once the server is up. */
export function announcement({ url, dataDir, admin, administrator, demo, seconds }: Announced): string {
  const lines = [
    `Nebulocart is ready after ${seconds.toFixed(1)} s.`,
    `  API     ${url}/api/v1`,
    `  Docs    ${url}/docs`,
    `  Health  ${url}/readyz`,
    `  Data    ${dataDir}`,
    `  Admin   ${whoAdministers(admin, administrator)}`,
  ];
  if (demo) lines.push('  A demo shop is being filled in the background; DEMO=false starts empty.');
  return ['', ...lines, '  Ctrl-C stops it; the data stays.', ''].join('\n');
}

/** Of an account that was there before only its email is known to be right: its password may have been changed since, and is nobody's to show. */
function whoAdministers({ email, password, file, fresh }: AdminAccount, administrator: Administered): string {
  if (administrator === 'by-others') return `others, as before: ${email} (ADMIN_EMAIL) is no active administrator of this shop`;
  if (administrator === 'registered')
    return file ? `${email}, password ${password} (shown this once, kept in ${file})` : `${email}, password as ADMIN_PASSWORD`;
  return `${email}, password as before${file && !fresh ? `: in ${file} unless it was changed since` : ''}`;
}
