import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { Intents, tokenOf } from '@adapters/read-store/src/landing/intents.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import pg from 'pg';
import { LandingByPartition } from './0002-landing-by-partition.js';
import { analyticsMigrations } from './index.js';

describe('the read side’s step to landing by partition', () => {
  let server: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    server = await testDatabase();
    client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const older = await connect(analyticsMigrations.slice(0, 1));
    await older.migrate();
    await older.close();
    await client.query(`
      INSERT INTO analytics.landing (context, epoch, owner, watermark) VALUES ('catalog', 7, 'an older release', 12), ('ordering', 3, 'an older release', 40);
      INSERT INTO analytics.landing_intent
        (context, partition, epoch, first_offset, last_offset, first_position, last_position, watermark_before, row_count, digest, state)
        VALUES ('catalog', 0, 6, 1, 12, 1, 12, 0, 12, 'd1', 'done'), ('catalog', 0, 7, 13, 15, 13, 15, 12, 3, 'd2', 'open')`);
  });
  afterAll(async () => {
    await client.end();
    await server.drop();
  });

  const connect = (migrations: typeof analyticsMigrations) => ContextDatabase.connect({ context: 'analytics', url: server.url, migrations });
  const rows = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;

  it('makes of a context’s landing its one partition, and lets the next owner finish what was open under its old token', async () => {
    const database = await connect(analyticsMigrations);
    try {
      await database.migrate();
      expect(await rows(`SELECT context, partition, epoch, landed, open_intent FROM analytics.landing_partition ORDER BY context`)).toEqual([
        { context: 'catalog', partition: 0, epoch: '7', landed: '12', open_intent: '2' },
        { context: 'ordering', partition: 0, epoch: '3', landed: '40', open_intent: null },
      ]);
      const intents = new Intents(database);
      expect(await intents.acquire('catalog', 0, 1, 'this release')).toEqual({ epoch: 8, landed: 12, watermark: 12, open: true });
      const [open] = await intents.openIntents('catalog');
      expect(tokenOf(open!)).toBe('catalog:2:13-15:d2');
      expect(open).toMatchObject({ partitions: 1, rowCount: 3, parts: [{ partition: 0, firstPosition: 13, lastPosition: 15, landed: 12 }] });
      expect(await intents.finish(open!)).toEqual({ watermark: 15, partitions: new Map([[0, { epoch: 8, landed: 15 }]]) });
      expect(await intents.openIntents()).toEqual([]);
    } finally {
      await database.close();
    }
  });

  it('goes back down', async () => {
    const step = new LandingByPartition(undefined as never, undefined as never);
    step.down();
    for (const query of step.getQueries()) await client.query(query as string);
    expect(await rows(`SELECT context, epoch, watermark FROM analytics.landing ORDER BY context`)).toEqual([
      { context: 'catalog', epoch: '8', watermark: '15' },
      { context: 'ordering', epoch: '3', watermark: '40' },
    ]);
    expect(await rows(`SELECT first_position, last_position, row_count, state FROM analytics.landing_intent ORDER BY number`)).toHaveLength(2);
  });
});
