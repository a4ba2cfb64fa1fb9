import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSnapshot, whileNothingIsReceived } from '@adapters/event-store/src/backup/database-snapshot.js';
import { connectionOf } from '@adapters/event-store/src/connection.js';
import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { SIMULATED_PAYMENTS, type DatabaseName } from '@composition/contexts.js';
import { MIGRATIONS } from '@composition/databases.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import pg from 'pg';
import { bringBack, checkBackup } from './bring-back.js';
import { readManifest } from './manifest.js';
import type { Store } from './system.js';
import { takeBackup } from './take.js';

const KEY = Buffer.alloc(32, 1);
const ORDERING: readonly DatabaseName[] = ['ordering', SIMULATED_PAYMENTS];
const SCHEMAS: readonly (readonly DatabaseName[])[] = [ORDERING, ['catalog'], ['identity']];
const quiet = { say: () => undefined };

/** Databases of a cluster's three services, with a connection to each. */
interface Services {
  readonly stores: readonly Store[];
  readonly ordering: pg.Client;
  readonly catalog: pg.Client;
  close(): Promise<void>;
}

describe('a backup', () => {
  let folder: string;
  let services: Services;
  const opened: Services[] = [];
  beforeEach(async () => {
    folder = join(mkdtempSync(join(tmpdir(), 'nebulocart-backup-')), 'backup');
    services = await make({ migrated: true });
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    rmSync(join(folder, '..'), { recursive: true, force: true });
  });

  async function make({ migrated }: { migrated: boolean }): Promise<Services> {
    const databases: TestDatabase[] = [];
    const clients: pg.Client[] = [];
    for (const schemas of SCHEMAS) {
      const database = await testDatabase();
      databases.push(database);
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      clients.push(client);
      for (const context of migrated ? schemas : []) {
        const connected = await ContextDatabase.connect({ context, url: database.url, migrations: MIGRATIONS[context], poolSize: 2 });
        await connected.migrate();
        await connected.close();
      }
    }
    const made: Services = {
      stores: databases.map(({ url }, index) => ({ url, ca: undefined, connection: connectionOf(url), schemas: SCHEMAS[index]! })),
      ordering: clients[0]!,
      catalog: clients[1]!,
      close: async () => {
        await Promise.all(clients.map((client) => client.end()));
        await Promise.all(databases.map((database) => database.drop()));
      },
    };
    opened.push(made);
    return made;
  }

  const append = async (client: pg.Client, stream: string, type: string, data: unknown): Promise<void> => {
    await client.query(
      `select ordering.append(array[$1], array[0], array[1], array[$1], array[1], array[gen_random_uuid()], array[$2], array[1], array[$3], array[now()],
         array['somebody'], array['11111111-1111-4111-8111-111111111111'::uuid], array[null::uuid], array[null], '{}', '{}', '{}', '{}', '{}')`,
      [stream, type, JSON.stringify(data)],
    );
  };
  const take = (system: 'cluster' | 'embedded' = 'cluster') => takeBackup({ stores: services.stores, masterKey: KEY, system, folder, ...quiet });
  const ids = async (client: pg.Client, from: string): Promise<string[]> =>
    (await client.query<{ id: string }>(`select id from ${from} order by id`)).rows.map(({ id }) => id);

  it('is of one moment: the outbox is not truncated under it, which no snapshot would be safe from', async () => {
    for (let each = 0; each < 5; each++) await append(services.ordering, `note-${each}`, 'ordering.Noted', {});
    const compact = async () => (await services.ordering.query<{ moved: number }>('select ordering.compact_outbox(0) as moved')).rows[0]!.moved;
    const snapshot = await DatabaseSnapshot.open(services.stores[0]!.connection, ORDERING);
    try {
      expect(await compact()).toBe(-2);
      await snapshot.fix();
      expect(await compact()).toBe(-2);
      // What is appended, and given a position, goes on all the same.
      await append(services.ordering, 'note-later', 'ordering.Noted', {});
      expect((await services.ordering.query('select ordering.sequence(0, 100) as moved')).rows).toEqual([{ moved: 6 }]);
      expect(await snapshot.head('ordering')).toEqual({ events: 5, position: 0, waiting: 5 });
    } finally {
      await snapshot.close();
    }
    expect(await compact()).toBe(0);
  });

  it('has no database receive a command while the others are fixed', async () => {
    const receive = (id: string) =>
      services.catalog.query(
        `insert into catalog.command_inbox (id, source, saga, saga_id, target, name, data, correlation_id) values ($1, 'ordering', 's', '1', 'catalog', 'C', '{}', gen_random_uuid())`,
        [id],
      );
    let received = false;
    let receiving: Promise<unknown> = Promise.resolve();
    const watcher = new pg.Client({ connectionString: services.stores[1]!.url });
    await watcher.connect();
    await whileNothingIsReceived([{ connection: services.stores[1]!.connection, schema: 'catalog' }], async () => {
      receiving = receive('c-1').then(() => (received = true));
      // It stands in line for the lock.
      while (
        (await watcher.query(`select 1 from pg_locks l join pg_class c on c.oid = l.relation where c.relname = 'command_inbox' and not granted`))
          .rowCount === 0
      );
      expect(received).toBe(false);
    });
    await receiving;
    expect(received).toBe(true);
    await watcher.end();
  });

  describe('of services, brought into empty ones', () => {
    const command = (number: number) => ({ id: `saga-fulfilment-o/1.${number}`, name: 'ReserveStock', context: 'catalog', data: { number } });

    it('has what was on its way between them sent once more, and nothing else', async () => {
      const { ordering, catalog } = services;
      const [waits, received, done, lost] = [command(1), command(2), command(3), command(4)];
      const step = {
        saga: 'fulfilment',
        sagaId: 'o',
        on: {},
        messageId: 'm',
        at: '',
        commands: [waits, received, done, lost],
        deadlines: {},
        cleared: [],
      };
      await append(ordering, 'saga-fulfilment-o', 'ordering.SagaAdvanced', step);
      await ordering.query(
        `insert into ordering.command_outbox (id, saga, saga_id, target, name, data, correlation_id) values ($1, 'fulfilment', 'o', 'catalog', 'ReserveStock', '{}', gen_random_uuid())`,
        [waits.id],
      );
      await catalog.query(
        `insert into catalog.command_inbox (id, source, saga, saga_id, target, name, data, correlation_id) values ($1, 'ordering', 'fulfilment', 'o', 'catalog', 'ReserveStock', '{}', gen_random_uuid())`,
        [received.id],
      );
      await catalog.query(`insert into catalog.receipt (principal, route, key, body_digest, outcome) values ('saga', 'command', $1, '', '')`, [
        done.id,
      ]);
      await take();
      const empty = await make({ migrated: false });
      const manifest = await readManifest(folder);
      expect(await bringBack({ manifest, folder, stores: empty.stores, ...quiet })).toEqual({ sentAgain: 1 });
      expect(await ids(empty.ordering, 'ordering.command_outbox')).toEqual([waits.id, lost.id]);
      expect(await ids(empty.catalog, 'catalog.command_inbox')).toEqual([received.id]);
      const { rows } = await empty.ordering.query(
        `select saga, saga_id, target, name, data, actor, correlation_id from ordering.command_outbox where id = $1`,
        [lost.id],
      );
      expect(rows).toEqual([
        {
          saga: 'fulfilment',
          saga_id: 'o',
          target: 'catalog',
          name: 'ReserveStock',
          data: '{"number":4}',
          actor: 'somebody',
          correlation_id: '11111111-1111-4111-8111-111111111111',
        },
      ]);
    });

    it('has what was on its way carried out by one process as well', async () => {
      const step = { saga: 'fulfilment', sagaId: 'o', on: {}, messageId: 'm', at: '', commands: [command(1)], deadlines: {}, cleared: [] };
      await append(services.ordering, 'saga-fulfilment-o', 'ordering.SagaAdvanced', step);
      await take();
      const empty = await make({ migrated: false });
      const [{ url, ca, connection }] = empty.stores as readonly [Store];
      const manifest = await readManifest(folder);
      await checkBackup(manifest, folder, KEY, 'embedded');
      const one = [{ url, ca, connection, schemas: SCHEMAS.flat() }];
      expect(await bringBack({ manifest, folder, stores: one, ...quiet })).toEqual({ sentAgain: 1 });
      expect(await ids(empty.ordering, 'ordering.command_outbox')).toEqual([command(1).id]);
    });

    it('numbers on from where it was, publishes from the beginning, and repeats nothing that was done on the way', async () => {
      const { ordering, catalog } = services;
      for (let each = 0; each < 3; each++) await append(ordering, `note-${each}`, 'ordering.Noted', {});
      await ordering.query('select ordering.sequence(0, 2)');
      await ordering.query(`update ordering.relay set epoch = 4, owner = 'r', position = 2, partitions = 2, last = '{1,2}'`);
      const letter = `insert into catalog.dead_letter (topic, partition, "offset", digest, consumer, headers, reason) values ('t', 0, $1, 'd', 'c', '{}', 'r')`;
      for (const offset of [1, 2]) await catalog.query(letter, [offset]);
      // Discards what it names, by a trigger: once.
      await catalog.query(`insert into catalog.dead_letter_discard values ('1', 'topic-message', 1, 'why', 'who', now(), 1)`);
      await catalog.query('delete from catalog.dead_letter where seq = 2');
      await take();
      const empty = await make({ migrated: false });
      const manifest = await readManifest(folder);
      await bringBack({ manifest, folder, stores: empty.stores, ...quiet });
      const { rows: relay } = await empty.ordering.query('select owner, position, partitions, last from ordering.relay');
      expect(relay).toEqual([{ owner: null, position: '0', partitions: null, last: [] }]);
      await append(empty.ordering, 'note-3', 'ordering.Noted', {});
      await empty.ordering.query('select ordering.sequence(0, 100)');
      const { rows: log } = await empty.ordering.query('select array_agg(position::int order by position) as positions from ordering.event_log');
      expect(log).toEqual([{ positions: [1, 2, 3, 4] }]);
      await empty.catalog.query(letter, [3]);
      expect((await empty.catalog.query('select seq::int, resolved from catalog.dead_letter order by 1')).rows).toEqual([
        { seq: 1, resolved: 'discarded' },
        { seq: 3, resolved: null },
      ]);
    });

    it('is all there or not at all, and can be brought there again', async () => {
      await append(services.ordering, 'note-1', 'ordering.Noted', {});
      await take();
      const empty = await make({ migrated: false });
      const manifest = await readManifest(folder);
      const lying = structuredClone(manifest);
      const users = lying.schemas.find(({ name }) => name === 'identity')!.tables.find(({ name }) => name === 'users')!;
      Object.assign(users, { rows: 1 });
      await expect(bringBack({ manifest: lying, folder, stores: empty.stores, ...quiet })).rejects.toThrow(
        'identity.users has 0 rows and had 1: nothing was restored',
      );
      expect((await empty.ordering.query('select 1 from ordering.event')).rowCount).toBe(0);
      await bringBack({ manifest, folder, stores: empty.stores, ...quiet });
      expect((await empty.ordering.query('select 1 from ordering.event')).rowCount).toBe(1);
      await expect(bringBack({ manifest, folder, stores: empty.stores, ...quiet })).rejects.toThrow(/is not empty \(ordering\.[a-z_]+ has rows\)/);
    });
  });

  it('is not brought back by half where a connection is cut before it is committed', async () => {
    await append(services.ordering, 'note-1', 'ordering.Noted', {});
    await take();
    const empty = await make({ migrated: false });
    const manifest = await readManifest(folder);
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'nebulocart-restore' and datname = current_database()`;
    let cutting: Promise<unknown> = Promise.resolve();
    const say = (line: string): void => {
      if (line.startsWith('catalog')) cutting = empty.catalog.query(cut);
    };
    await expect(bringBack({ manifest, folder, stores: empty.stores, say })).rejects.toThrow(/terminat|not queryable/);
    await cutting;
    expect((await empty.ordering.query('select 1 from ordering.event')).rowCount).toBe(0);
    await bringBack({ manifest, folder, stores: empty.stores, ...quiet });
    expect((await empty.ordering.query('select 1 from ordering.event')).rowCount).toBe(1);
  });

  it('is brought back by one at a time', async () => {
    await append(services.ordering, 'note-1', 'ordering.Noted', {});
    await take();
    const empty = await make({ migrated: false });
    const manifest = await readManifest(folder);
    let second: Promise<unknown> = Promise.resolve();
    const say = (line: string): void => {
      if (line.startsWith('ordering'))
        second = bringBack({ manifest, folder, stores: empty.stores, ...quiet }).catch((error: unknown) => String(error));
    };
    await bringBack({ manifest, folder, stores: empty.stores, say });
    expect(await second).toContain('another restore is at work there');
    expect((await empty.ordering.query('select 1 from ordering.event')).rowCount).toBe(1);
  });

  it('is written once where two are asked for at a time', async () => {
    expect((await Promise.allSettled([take(), take()])).map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(readManifest(folder)).resolves.toMatchObject({ system: 'cluster' });
    expect(readdirSync(join(folder, '..'))).toEqual(['backup']);
  });

  it('leaves alone what came into its folder meanwhile', async () => {
    const other = join(folder, 'somebody’s');
    const say = (): void => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(other, 'else');
    };
    await expect(takeBackup({ stores: services.stores, masterKey: KEY, system: 'cluster', folder, say })).rejects.toThrow('is not empty');
    expect(readFileSync(other, 'utf8')).toBe('else');
    expect(readdirSync(join(folder, '..'))).toEqual(['backup']);
  });

  it('of a newer release, or of a cluster’s commands for one process, is refused', async () => {
    await services.catalog.query(
      `insert into catalog.command_inbox (id, source, saga, saga_id, target, name, data, correlation_id) values ('c-1', 'ordering', 's', '1', 'catalog', 'C', '{}', gen_random_uuid())`,
    );
    await take();
    const manifest = await readManifest(folder);
    await expect(checkBackup(manifest, folder, KEY, 'cluster')).resolves.toBeUndefined();
    await expect(checkBackup(manifest, folder, KEY, 'embedded')).rejects.toThrow('restore it into a cluster');
    manifest.schemas[0]!.migrations.push('9999-tomorrow');
    await expect(checkBackup(manifest, folder, KEY, 'cluster')).rejects.toThrow('made by a newer release (ordering has 9999-tomorrow)');
  });

  it('is not made of a log with a gap, nor with a key that opens nothing of it, and leaves nothing behind', async () => {
    await append(services.ordering, 'note-1', 'ordering.Noted', {});
    await services.ordering.query('delete from ordering.outbox');
    await expect(take()).rejects.toThrow('the log of ordering is not whole: 1 events, 0 of them with positions up to 0, 0 waiting');
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });
});
