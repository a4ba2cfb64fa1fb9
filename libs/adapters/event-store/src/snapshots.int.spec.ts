import { jest } from '@jest/globals';
import { decider, type Decider } from '@kernel/decider.js';
import type { SnapshotOptions } from '@kernel/ports/aggregates.js';
import { noted, testEventStore, type Noted, type TestEventStore } from '@testing/event-store.js';
import fc from 'fast-check';
import { AggregateRepository } from './aggregate-repository.js';

interface Notebook {
  readonly total: number;
  readonly last: { readonly by: string } | null;
}
type Write = { type: 'Write'; data: { by: string; notes: number } };

const notebook = decider<Notebook, Write, Noted>({
  initial: { total: 0, last: null },
  decide: { Write: ({ by, notes }) => Array.from({ length: notes }, (_, n) => noted(by, n + 1)) },
  evolve: { 'test.Noted': ({ total }, { by, n }) => ({ total: total + n, last: { by } }) },
});
const write = (notes: number, by = 'ada'): Write => ({ type: 'Write', data: { by, notes } });
const done = () => ({ status: 200, body: null });

describe('a repository with snapshots', () => {
  let test: TestEventStore;
  let kept: AggregateRepository<Notebook, Write, Noted>;
  let folded: AggregateRepository<Notebook, Write, Noted>;
  beforeAll(async () => {
    test = await testEventStore();
    kept = over(notebook, { every: 10, revision: 1 });
    folded = over(notebook);
  });
  afterAll(() => test.close());

  const over = <State>(tables: Decider<State, Write, Noted>, snapshot?: SnapshotOptions) =>
    new AggregateRepository(test.store, test.registry, test.scope, {
      decider: tables,
      stream: (id) => `notebook-${id}`,
      ...(snapshot && { snapshot }),
    });
  const snapshotOf = async (id: string) =>
    (await test.ask<{ version: number; state: string }>('select version, state from ordering.snapshot where stream_id = $1', [`notebook-${id}`]))[0];

  /** What a look-up reads. */
  async function reading<Result>(lookUp: () => Promise<Result>) {
    const query = jest.spyOn(test.database, 'query');
    try {
      const result = await lookUp();
      const rows = await Promise.all(query.mock.results.map(({ value }) => value as Promise<unknown[]>));
      return { result, statements: query.mock.calls.length, rows: rows.flat().length };
    } finally {
      query.mockRestore();
    }
  }

  let made = 0;
  const newId = (): string => `n${++made}`;

  it('is in the state that all events add up to, at every version', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 }), async (every, batches) => {
        const id = newId();
        const repository = over(notebook, { every, revision: 1 });
        for (const [index, notes] of batches.entries()) {
          await repository.execute(id, write(notes, `writer ${index}`), done);
          expect(await repository.load(id)).toEqual(await folded.load(id));
        }
        const { version } = await repository.load(id);
        for (let past = 1; past <= version; past++)
          expect(await repository.load(id, { version: past })).toEqual(await folded.load(id, { version: past }));
        const snapshot = await snapshotOf(id);
        expect(snapshot === undefined).toBe(version < every);
        if (snapshot)
          expect(await folded.load(id, { version: snapshot.version })).toEqual({ state: JSON.parse(snapshot.state), version: snapshot.version });
      }),
      { numRuns: 25 },
    ));

  it('reads one statement and no more rows at 100,000 events than at a hundred', async () => {
    const id = newId();
    for (let batch = 0; batch < 20; batch++) await kept.execute(id, write(5_000), done);
    let most = 0;
    for (let more = 0; more < 25; more++) {
      await kept.execute(id, write(1), done);
      const { statements, rows, result } = await reading(() => kept.load(id));
      expect([statements, result.version]).toEqual([1, 100_001 + more]);
      most = Math.max(most, rows);
    }
    expect(most).toBeLessThanOrEqual(10);
    expect(await kept.load(id)).toEqual(await folded.load(id));
  });

  it('loads many in one statement, new and unknown ones too', async () => {
    const [long, short, unknown] = [newId(), newId(), newId()];
    await kept.execute(long, write(33), done);
    await kept.execute(long, write(2), done);
    await kept.execute(short, write(3), done);
    const { result, statements, rows } = await reading(() => kept.loadMany([long, short, unknown, long]));
    expect([statements, rows]).toEqual([1, 2 + 3 + 1]);
    expect(result).toEqual(await folded.loadMany([long, short, unknown]));
    expect(result.get(unknown)).toEqual({ state: notebook.initial, version: 0 });
    expect(await kept.loadMany([])).toEqual(new Map());
  });

  it('reads all events once the shape of the state has changed, or the revision', async () => {
    const id = newId();
    await kept.execute(id, write(25), done);
    const richer = decider<Notebook & { notes: number }, Write, Noted>({
      initial: { ...notebook.initial, notes: 0 },
      decide: notebook.decide,
      evolve: { 'test.Noted': ({ total, notes }, { by, n }) => ({ total: total + n, last: { by }, notes: notes + 1 }) },
    });
    const changed = over(richer, { every: 10, revision: 1 });
    const doubled = decider<Notebook, Write, Noted>({
      ...notebook,
      evolve: { 'test.Noted': ({ total }, { by, n }) => ({ total: total + 2 * n, last: { by } }) },
    });
    const { total } = (await kept.load(id)).state;
    const { result, statements } = await reading(() => changed.load(id));
    expect([statements, result.state]).toMatchObject([1, { notes: 25, total }]);
    expect((await over(doubled, { every: 10, revision: 2 }).load(id)).state.total).toBe(2 * total);
    // Its next snapshot takes the place of the old one, which the old release then does without.
    await changed.execute(id, write(10), done);
    expect((await reading(() => changed.load(id))).rows).toBe(1);
    expect(await kept.load(id)).toEqual(await folded.load(id));
  });

  it.each([
    ['cut off', `state = left(state, 5)`],
    ['of other content', `state = '{"total":1,"last":null}'`],
    ['empty', `state = ''`],
    ['of another version', `version = version - 1`],
    ['of a version that the stream never had', `version = version + 1000`],
    ['without its digest', `digest = ''`],
  ])('reads all events where the snapshot is %s', async (_, change) => {
    const id = newId();
    await kept.execute(id, write(25), done);
    await test.ask(`update ordering.snapshot set ${change} where stream_id = $1`, [`notebook-${id}`]);
    expect(await kept.load(id)).toEqual(await folded.load(id));
    expect(await kept.execute(id, write(1), done)).toMatchObject({ status: 200 });
    expect((await kept.load(id)).version).toBe(26);
  });

  it('reads all events where the snapshot is ahead of them, as after a restore', async () => {
    const id = newId();
    await kept.execute(id, write(5), done);
    await kept.execute(id, write(20), done);
    await test.ask('delete from ordering.event where stream_id = $1 and stream_version > 5', [`notebook-${id}`]);
    expect(await kept.load(id)).toEqual({ state: { total: 15, last: { by: 'ada' } }, version: 5 });
  });

  it('never leaves a snapshot of what was not committed, whoever writes at once', async () => {
    const id = newId();
    const ahead: unknown[] = [];
    let writing = true;
    const watch = async () => {
      while (writing) {
        ahead.push(
          ...(await test.ask(
            `select s.version, t.version from ordering.snapshot s left join ordering.stream t on t.id = s.stream_id
                              where s.stream_id = $1 and s.version > coalesce(t.version, 0)`,
            [`notebook-${id}`],
          )),
        );
      }
    };
    const watching = watch();
    // Plans that are overtaken: many are decided from one state, and one of them is stored.
    for (let round = 0; round < 12; round++) {
      const loaded = await kept.load(id);
      const appends = Array.from({ length: 6 }, (_, n) => kept.plan(id, write(3 + n, `writer ${n}`), loaded).append);
      const results = await Promise.allSettled(appends.map((append) => test.store.append({ streams: [append] })));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await kept.load(id)).toEqual(await folded.load(id));
    }
    writing = false;
    await watching;
    expect(ahead).toEqual([]);
    const snapshot = (await snapshotOf(id))!;
    expect((await folded.load(id, { version: snapshot.version })).state).toEqual(JSON.parse(snapshot.state));
  });

  it('refuses a state that a snapshot would change', () => {
    const broken = decider<{ n: number | undefined }, Write, Noted>({
      initial: { n: 0 },
      decide: { Write: () => [noted('ada', 1)] },
      evolve: { 'test.Noted': () => ({ n: undefined }) },
    });
    const repository = over(broken, { every: 10, revision: 1 });
    expect(() => repository.plan('x', write(1), { state: { n: 0 }, version: 0 })).toThrow('notebook-x cannot be kept as a snapshot');
    const initial = { ...broken, initial: { n: undefined } };
    expect(() => over(initial, { every: 10, revision: 1 })).toThrow('the initial state cannot be kept as a snapshot');
  });
});
