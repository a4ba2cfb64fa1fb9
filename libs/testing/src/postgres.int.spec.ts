import { testDatabase } from '@testing/postgres.js';
import { ask } from '@testing/ask.js';

describe('testDatabase', () => {
  it('gives each caller an empty Postgres 18 database, owned by a role that is no superuser', async () => {
    const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
    try {
      await ask(one.url, 'CREATE TABLE thing (id int)');
      expect(
        await ask(one.url, `SELECT current_setting('server_version_num')::int / 10000, rolsuper FROM pg_roles WHERE rolname = current_user`),
      ).toEqual([18, false]);
      expect(await ask(other.url, `SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'`)).toEqual([0]);
    } finally {
      await Promise.all([one.drop(), other.drop()]);
    }
    await expect(ask(one.url, 'SELECT 1')).rejects.toThrow(/does not exist/);
  });
});
