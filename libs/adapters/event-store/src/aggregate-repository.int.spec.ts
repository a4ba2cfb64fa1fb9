import { decider } from '@kernel/decider.js';
import { ensure } from '@kernel/refusal.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { noted, receiptOf, testEventStore, type Noted, type TestEventStore } from '@testing/event-store.js';
import { z } from 'zod';
import { AggregateRepository } from './aggregate-repository.js';

interface Notebook {
  readonly total: number;
  readonly by: readonly string[];
}
type NotebookCommand = { type: 'Note'; data: { by: string; n: number } };

const notebook = decider<Notebook, NotebookCommand, Noted>({
  initial: { total: 0, by: [] },
  decide: {
    Note: ({ by, n }, { total }) => {
      ensure(total + n <= 100, 'notebook.full', 'the notebook is full', { total });
      return [noted(by, n)];
    },
  },
  evolve: { 'test.Noted': ({ total, by }, data) => ({ total: total + data.n, by: [...by, data.by] }) },
});

const note = (by: string, n: number): NotebookCommand => ({ type: 'Note', data: { by, n } });
const outcome = ({ state, version }: { state: Notebook; version: number }) => ({ status: 200, body: state.total, version });

describe('a repository', () => {
  let test: TestEventStore;
  beforeAll(async () => void (test = await testEventStore()));
  afterAll(() => test.close());
  afterEach(() => void (test.scope.scope = { ...test.scope.scope, idempotency: null, expectedVersion: null }));

  const repository = (registry = test.registry) =>
    new AggregateRepository(test.store, registry, test.scope, { decider: notebook, stream: (id) => `notebook-${id}` });

  it('answers with the state that the command led to, its version and its token', async () => {
    const answer = await repository().create('a', note('ada', 3), outcome);
    expect(answer).toEqual({ status: 200, body: 3, version: 1, token: { ordering: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
    expect(await repository().execute('a', note('bob', 4), outcome)).toMatchObject({ body: 7, version: 2 });
    expect(await repository().load('a')).toEqual({ state: { total: 7, by: ['ada', 'bob'] }, version: 2 });
    expect(await repository().load('a', { version: 1 })).toEqual({ state: { total: 3, by: ['ada'] }, version: 1 });
    expect(await repository().load('nobody')).toEqual({ state: notebook.initial, version: 0 });
  });

  it('decides anew when another command got in between, and never past a rule', async () => {
    await repository().create('b', note('ada', 95), outcome);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => repository().execute('b', note('crowd', 1), outcome)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'notebook.full' });
    expect((await repository().load('b')).state.total).toBe(100);
  });

  it('makes an aggregate once, whoever else makes it', async () => {
    const results = await Promise.all(Array.from({ length: 4 }, () => repository().create('c', note('crowd', 1), outcome)));
    expect(results.map(({ version }) => version).toSorted()).toEqual([1, 2, 3, 4]);
  });

  it('never decides anew for a caller who named the version', async () => {
    await repository().create('d', note('ada', 1), outcome);
    test.scope.scope = { ...test.scope.scope, expectedVersion: 1 };
    expect(await repository().execute('d', note('ada', 1), outcome)).toMatchObject({ version: 2 });
    await expect(repository().execute('d', note('ada', 1), outcome)).rejects.toMatchObject({
      code: 'concurrency.stale-version',
      details: { header: 'If-Match', expected: 1, actual: 2 },
    });
    test.scope.scope = { ...test.scope.scope, expectedVersion: 2 };
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => repository().execute('d', note('ada', 1), outcome)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'concurrency.stale-version' });
  });

  it('decides anew when a stream that it guards has moved on, even for a caller who named the version', async () => {
    await repository().create('g', note('ada', 1), outcome);
    await repository().create('guarded', note('ada', 1), outcome);
    const seen: number[] = [];
    const beside = async () => {
      const { version } = await repository().load('guarded');
      seen.push(version);
      if (seen.length === 1) await test.store.append({ streams: [{ stream: 'notebook-guarded', expectedVersion: 1, events: [noted('bob', 1)] }] });
      return [{ stream: 'notebook-guarded', expectedVersion: version, events: [], guard: true }];
    };
    test.scope.scope = { ...test.scope.scope, expectedVersion: 1 };
    expect(await repository().execute('g', note('ada', 1), outcome, beside)).toMatchObject({ version: 2 });
    expect(seen).toEqual([1, 2]);
    expect(await test.store.versions(['notebook-g', 'notebook-guarded'])).toEqual(
      new Map([
        ['notebook-g', 2],
        ['notebook-guarded', 2],
      ]),
    );
  });

  it('loads many as it loads one, unknown ones too', async () => {
    await repository().create('m', note('ada', 3), outcome);
    const many = await repository().loadMany(['m', 'a', 'unknown', 'm']);
    expect([...many]).toEqual(await Promise.all(['m', 'a', 'unknown'].map(async (id) => [id, await repository().load(id)])));
  });

  it('keeps the receipt of the request that asked', async () => {
    const { outcome: _, ...claim } = receiptOf('repository');
    test.scope.scope = { ...test.scope.scope, idempotency: claim };
    const answer = await repository().create('e', note('ada', 2), outcome);
    expect(await test.store.receipt(claim)).toEqual({ ...answer, replayed: true });
  });

  it('reads old versions of events through their upcasters', async () => {
    await repository().create('f', note('ada', 2), outcome);
    const next = new SchemaRegistry([
      {
        type: 'test.Noted',
        version: 3,
        schema: z.object({ by: z.string(), n: z.number() }),
        upcasters: {
          1: (data) => ({ ...(data as object), n: (data as { n: number }).n * 10 }),
          2: (data) => ({ ...(data as object), by: `${(data as { by: string }).by}!` }),
        },
      },
    ]);
    expect((await repository(next).load('f')).state).toEqual({ total: 20, by: ['ada!'] });
    expect((await repository(next).history('f')).map(({ version, data }) => [version, data])).toEqual([[1, { by: 'ada!', n: 20 }]]);
  });
});
