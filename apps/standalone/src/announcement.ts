import type { AdminAccount } from './admin-account.js';

export interface Announced {
  readonly url: string;
  readonly dataDir: string;
  readonly admin: AdminAccount;
  readonly demo: boolean;
  /** From the process's birth until it listened. */
  readonly seconds: number;
}

/** What a person at the terminal wants to know once the server is up. */
export function announcement({ url, dataDir, admin, demo, seconds }: Announced): string {
  const lines = [
    `Nebulocart is ready after ${seconds.toFixed(1)} s.`,
    `  API     ${url}/api/v1`,
    `  Docs    ${url}/docs`,
    `  Health  ${url}/readyz`,
    `  Data    ${dataDir}`,
    `  Admin   ${admin.email}${whereThePasswordIs(admin)}`,
  ];
  if (demo) lines.push('  A demo shop is being filled in the background; DEMO=false starts empty.');
  return ['', ...lines, '  Ctrl-C stops it; the data stays.', ''].join('\n');
}

function whereThePasswordIs({ password, file, fresh }: AdminAccount): string {
  if (fresh) return `, password ${password} (shown this once, kept in ${file})`;
  return file ? `, password in ${file}` : ', password as ADMIN_PASSWORD was at the first start';
}
