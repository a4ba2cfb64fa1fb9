import type { Repository } from '@kernel/ports/aggregates.js';
import { BatchWork } from './batch-work.js';

type Count = { readonly n: number };
type Add = { readonly type: 'Add'; readonly data: number };
type Added = { readonly type: 'test.Added'; readonly version: 1; readonly data: number };

/** A repository of counters, as far as a batch uses one. */
const counters = {
  stream: (id: string) => `counter-${id}`,
  plan: (id: string, { data }: Add, { state, version }: { state: Count; version: number }) => {
    const events: Added[] = data === 0 ? [] : [{ type: 'test.Added', version: 1, data }];
    const append = { stream: `counter-${id}`, expectedVersion: version, events };
    return { state: { n: state.n + data }, version: version + events.length, events, append };
  },
} as unknown as Repository<Count, Add, Added>;

const cause = (n: number) => ({ actor: null, correlationId: `c-${n}`, causationId: null, traceparent: null });
const add = (data: number): Add => ({ type: 'Add', data });

describe('the work of a batch', () => {
  let work: BatchWork;
  beforeEach(() => {
    const loaded = ['a', 'b', 'new'].map((id, version): [string, { state: Count; version: number }] => [
      `counter-${id}`,
      { state: { n: 0 }, version: 2 - version },
    ]);
    work = new BatchWork(new Map(loaded));
    work.begin(cause(1));
  });
  const written = () => work.streams().map(({ stream, expectedVersion, events, guard }) => [stream, expectedVersion, guard ?? events.length]);

  it('shows each command what the ones before it have left, and appends in their order', () => {
    work.decide(counters, 'a', add(3));
    work.keep();
    work.begin(cause(2));
    expect(work.load(counters, 'a')).toEqual({ state: { n: 3 }, version: 3 });
    expect(work.decide(counters, 'a', add(4))).toMatchObject({ state: { n: 7 }, version: 4 });
    work.keep();
    expect(written()).toEqual([
      ['counter-a', 2, 1],
      ['counter-a', 3, 1],
    ]);
    expect(work.streams().map(({ context }) => context?.correlationId)).toEqual(['c-1', 'c-2']);
  });

  it('leaves nothing of a command that is dropped', () => {
    work.decide(counters, 'a', add(3));
    work.load(counters, 'b');
    work.begin(cause(2));
    expect(work.load(counters, 'a').state).toEqual({ n: 0 });
    work.keep();
    expect(written()).toEqual([]);
  });

  it('guards what a command that changed something only looked at, where it exists', () => {
    work.load(counters, 'b');
    work.load(counters, 'new');
    work.decide(counters, 'a', add(1));
    work.keep();
    expect(written()).toEqual([
      ['counter-a', 2, 1],
      ['counter-b', 1, true],
    ]);
  });

  it('guards nothing that is written anyway, or that changed nothing', () => {
    work.decide(counters, 'b', add(0));
    work.keep();
    expect(written()).toEqual([]);
    work.begin(cause(2));
    work.load(counters, 'b');
    work.decide(counters, 'a', add(1));
    work.decide(counters, 'b', add(1));
    work.keep();
    expect(written().map(([stream]) => stream)).toEqual(['counter-a', 'counter-b']);
  });

  it('knows no aggregate that was not named', () => {
    expect(() => work.load(counters, 'c')).toThrow('counter-c was not loaded');
  });
});
