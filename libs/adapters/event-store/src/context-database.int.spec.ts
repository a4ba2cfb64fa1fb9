import type { RequestContext, RequestScope } from '@kernel/ports/request-context.js';
import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import { ContextDatabase, Databases, type ContextDatabaseOptions } from './context-database.js';
import { PostgresReads } from './postgres-reads.js';

const names = identityMigrations.map(({ name }) => name);
let [main, copy]: TestDatabase[] = [];
const open: ContextDatabase[] = [];
beforeEach(async () => void ([main, copy] = await Promise.all([testDatabase(), testDatabase()])));
afterEach(async () => {
  await Promise.all(open.splice(0).map((database) => database.close()));
  await Promise.all([main!.drop(), copy!.drop()]);
});

async function connect(options: Partial<ContextDatabaseOptions> = {}): Promise<ContextDatabase> {
  const database = await ContextDatabase.connect({ context: 'identity', url: main!.url, migrations: identityMigrations, ...options });
  open.push(database);
  return database;
}

describe('migrations of processes that start at once', () => {
  it('are applied once, and everybody has them', async () => {
    const processes = await Promise.all([connect(), connect(), connect()]);
    await Promise.all(processes.map((database) => database.migrate()));
    const [{ count }] = (await processes[0]!.query<{ count: string }>({ name: 'count', text: 'select count(*) from identity.migration' }, [])) as [
      { count: string },
    ];
    expect(Number(count)).toBe(names.length);
  });

  it('are waited for by those who do not own the database', async () => {
    const [owner, other] = [await connect(), await connect()];
    const waiting = other.awaitMigrations(names, 30_000);
    await owner.migrate();
    await expect(waiting).resolves.toBeUndefined();
    // A database that is ahead is as good.
    await other.awaitMigrations(names.slice(1), 0);
  });

  it('are told of by name where nobody applies them', async () => {
    const [owner, other] = [await connect({ migrations: identityMigrations.slice(0, -1) }), await connect()];
    await expect(other.awaitMigrations(names, 0)).rejects.toThrow('relation "identity.migration" does not exist');
    await owner.migrate();
    await expect(other.awaitMigrations(names, 0)).rejects.toThrow(`its migrations ${names.at(-1)} have not been applied`);
  });

  it('let go of the lock where one fails', async () => {
    const broken = await connect({
      migrations: [
        {
          name: 'broken',
          class: class {
            isTransactional = () => true;
            reset = () => undefined;
          } as never,
        },
      ],
    });
    await expect(broken.migrate()).rejects.toThrow();
    await (await connect()).migrate();
  });
});

describe('lists', () => {
  const WHERE = { name: 'where', text: 'select current_database() as name' };
  const where = async (database: ContextDatabase, consistencyToken?: string): Promise<string> => {
    const scope = { current: () => ({ consistencyToken }) as RequestScope } as RequestContext;
    const [row] = await new PostgresReads(new Databases([database]), scope).list<{ name: string }>('identity', WHERE, []);
    return row!.name;
  };
  const nameOf = ({ url }: TestDatabase): string => new URL(url).pathname.slice(1);

  it('are read from the replica where there is one, and everything else from the database itself', async () => {
    const database = await connect({ replicaUrl: copy!.url });
    expect(await where(database)).toBe(nameOf(copy!));
    expect(await database.query(WHERE, [])).toEqual([{ name: nameOf(main!) }]);
    expect(await where(await connect())).toBe(nameOf(main!));
  });

  it('are read from the database itself for a caller that names what it has seen', async () => {
    expect(await where(await connect({ replicaUrl: copy!.url }), 'identity=x')).toBe(nameOf(main!));
  });

  it('are read from the database itself while the replica is away', async () => {
    expect(await where(await connect({ replicaUrl: 'postgres://nobody:x@127.0.0.1:9/none', connectMs: 500 }))).toBe(nameOf(main!));
  });
});

it('gives up soon on a server that is not there', async () => {
  const database = await connect({ url: 'postgres://nobody:x@127.0.0.1:9/none', connectMs: 500 });
  await expect(database.ping()).rejects.toThrow('ECONNREFUSED');
});
