import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@adapters/runtime/src/config.js';
import { adminAccount, forgetUnused, type AdminAccount } from './admin-account.js';
import { announcement, type Announced } from './announcement.js';

const email = 'admin@shop.example';
const given: AdminAccount = { email, password: 'from the environment', fresh: false };
const made: AdminAccount = { email, password: 'a made one', file: '/data/admin-password', fresh: true };
const keptFile: AdminAccount = { ...made, fresh: false };

const told = (administrator: Announced['administrator'], admin: AdminAccount) =>
  /^ {2}Admin {3}(?<line>.*)$/m.exec(announcement({ url: 'http://localhost:1', dataDir: '/data', admin, administrator, demo: false, seconds: 1 }))!
    .groups!['line'];

describe('the announcement of a start', () => {
  it.each<[string, Announced['administrator'], AdminAccount, string]>([
    [
      'that registered the administrator with a made password',
      'registered',
      made,
      `${email}, password a made one (shown this once, kept in /data/admin-password)`,
    ],
    [
      'that registered it with the password of one that came to nothing',
      'registered',
      keptFile,
      `${email}, password a made one (shown this once, kept in /data/admin-password)`,
    ],
    ['that registered it with a given password', 'registered', given, `${email}, password as ADMIN_PASSWORD`],
    ['that kept it', 'kept', keptFile, `${email}, password as before: in /data/admin-password unless it was changed since`],
    ['that kept one of which no password is known', 'kept', made, `${email}, password as before`],
    ['that kept one although a password is given', 'kept', given, `${email}, password as before`],
    ['that has other administrators', 'by-others', made, `others, as before: ${email} (ADMIN_EMAIL) is no active administrator of this shop`],
    [
      'that has others, with a password given',
      'by-others',
      given,
      `others, as before: ${email} (ADMIN_EMAIL) is no active administrator of this shop`,
    ],
  ])('%s says who administers the shop', (_, administrator, admin, line) => expect(told(administrator, admin)).toBe(line));
});

describe('a made password', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'nebulocart-admin-'))));
  afterEach(() => rmSync(dataDir, { recursive: true }));
  const account = () => adminAccount({ adminEmail: email, dataDir } as Config);

  it('is not left lying about where no account has it', () => {
    forgetUnused(account());
    expect(account().fresh).toBe(true);
  });

  it('stays where it was there before', () => {
    const { password } = account();
    const again = account();
    forgetUnused(again);
    expect([again.fresh, readFileSync(again.file!, 'utf8').trim()]).toEqual([false, password]);
  });

  it('is none where one is given', () => {
    writeFileSync(join(dataDir, 'admin-password'), 'of an earlier start\n');
    const admin = adminAccount({ adminEmail: email, adminPassword: 'given', dataDir } as Config);
    forgetUnused(admin);
    expect([admin.password, readFileSync(join(dataDir, 'admin-password'), 'utf8')]).toEqual(['given', 'of an earlier start\n']);
  });
});
