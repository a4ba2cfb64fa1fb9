import { StaleCheckpoint, type AppendRequest } from '@kernel/ports/event-store.js';
import type { ParkedRow, SagaWrites } from '@kernel/ports/saga-writes.js';
import { eventually } from '@testing/eventually.js';
import { notes, testEventStore, type TestEventStore } from '@testing/event-store.js';

const stale = expect.objectContaining({ code: 'concurrency.stale-version', kind: 'stale' });
const context = (n: number) => ({
  actor: `actor-${n}`,
  correlationId: `01890a5d-ac96-774b-bcce-b302099a80${n}`,
  causationId: null,
  traceparent: null,
});
const key = { saga: 'errand', sagaId: 'e-1' };

describe('an append', () => {
  let test: TestEventStore;
  beforeAll(async () => void (test = await testEventStore()));
  afterAll(() => test.close());

  const append = (sagas: SagaWrites, streams: AppendRequest['streams'] = []) => test.store.append({ streams, sagas });
  const count = async (table: string): Promise<number> => (await test.ask<{ n: number }>(`select count(*)::int as n from ordering.${table}`))[0]!.n;

  it('gives each event the context that it came from', async () => {
    await test.store.append({
      streams: [
        { ...notes('context-1', 0, 2), context: context(11) },
        { ...notes('context-2', 0), context: context(12) },
        { ...notes('context-1', 2), context: context(13) },
        notes('context-3', 0),
      ],
    });
    const actors = async (stream: string) => (await test.store.read(stream)).map(({ actor }) => actor);
    expect(await actors('context-1')).toEqual(['actor-11', 'actor-11', 'actor-13']);
    expect(await actors('context-2')).toEqual(['actor-12']);
    expect(await actors('context-3')).toEqual([null]);
    expect((await test.store.read('context-1'))[2]).toMatchObject({ correlationId: context(13).correlationId, streamVersion: 3 });
  });

  it('refuses entries of one stream that do not follow each other', async () => {
    await expect(test.store.append({ streams: [notes('gap', 0), notes('gap', 2)] })).rejects.toThrow('the entries of gap do not follow each other');
    expect(await test.store.read('gap')).toEqual([]);
  });

  it('is only right while a guarded stream is as it was', async () => {
    await test.store.append({ streams: [notes('guarded', 0)] });
    const guard = (expectedVersion: number) => ({ stream: 'guarded', expectedVersion, events: [], guard: true });
    await test.store.append({ streams: [guard(1), notes('beside', 0)] });
    await test.store.append({ streams: [notes('guarded', 1)] });
    await expect(test.store.append({ streams: [guard(1), notes('beside', 1)] })).rejects.toEqual(stale);
    expect(await test.store.versions(['guarded', 'beside'])).toEqual(
      new Map([
        ['guarded', 2],
        ['beside', 1],
      ]),
    );
  });

  it('moves a checkpoint from where it stands, or stores nothing at all', async () => {
    const move = (from: number, to: number) => ({ checkpoints: [{ consumer: 'sagas', context: 'catalog', partition: 0, from, to }] });
    await append(move(0, 5), [notes('checkpoint', 0)]);
    await expect(append(move(0, 7), [notes('checkpoint', 1)])).rejects.toBeInstanceOf(StaleCheckpoint);
    await expect(append({ ...move(4, 7), set: [{ ...key, name: 'late', due: '2026-01-01T00:00:00.000Z' }] })).rejects.toBeInstanceOf(StaleCheckpoint);
    await append(move(5, 9), [notes('checkpoint', 1)]);
    expect(await test.ask('select consumer, context, partition, position from ordering.checkpoint')).toEqual([
      { consumer: 'sagas', context: 'catalog', partition: 0, position: '9' },
    ]);
    expect(await test.store.read('checkpoint')).toHaveLength(2);
    expect(await count('deadline')).toBe(0);
  });

  it('moves the checkpoints of several partitions, or none of them and stores nothing', async () => {
    const move = (partition: number, from: number, to: number) => ({ consumer: 'several', context: 'catalog', partition, from, to });
    const set = (name: string) => ({ set: [{ ...key, name, due: '2026-01-01T00:00:00.000Z' }] });
    await append({ checkpoints: [move(2, 0, 5), move(0, 0, 3), move(1, 0, 4)], ...set('first') }, [notes('several', 0)]);
    await expect(
      append({ checkpoints: [move(0, 3, 6), move(1, 4, 7), move(2, 4, 8)], ...set('late') }, [notes('several', 1)]),
    ).rejects.toBeInstanceOf(StaleCheckpoint);
    const stored = await test.ask<{ position: string }>(`select position from ordering.checkpoint where consumer = 'several' order by partition`);
    expect(stored.map(({ position }) => position)).toEqual(['3', '4', '5']);
    expect(await test.store.read('several')).toHaveLength(1);
    expect(await test.ask('select name from ordering.deadline')).toEqual([{ name: 'first' }]);
    await append({ cleared: [{ ...key, name: 'first' }] });
  });

  it('lets one of ten runners move a checkpoint that does not exist yet', async () => {
    const checkpoint = { consumer: 'race', context: 'catalog', partition: 0, from: 0, to: 3 };
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => append({ checkpoints: [checkpoint] }, [notes(`race-${n}`, 0)])));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await count(`event where stream_id like 'race-%'`)).toBe(1);
  });

  it('sets deadlines, moves them and clears them', async () => {
    const at = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
    const due = async () =>
      (await test.ask<{ name: string; due_at: Date }>('select name, due_at from ordering.deadline order by name')).map((row) => [
        row.name,
        row.due_at.toISOString(),
      ]);
    await append({ set: [1, 2].map((day) => ({ ...key, name: `d-${day}`, due: at(day) })) });
    await append({ set: [{ ...key, name: 'd-2', due: at(3) }], cleared: [{ ...key, name: 'd-1' }] });
    expect(await due()).toEqual([['d-2', at(3)]]);
    await expect(append({ cleared: [{ ...key, name: 'd-2' }] }, [notes('missing', 4)])).rejects.toEqual(stale);
    expect(await due()).toEqual([['d-2', at(3)]]);
    await append({ cleared: [{ ...key, name: 'd-2' }] });
    expect(await due()).toEqual([]);
  });

  it('keeps commands in the order in which they were asked for, their data byte for byte', async () => {
    const data = '{"b":1.50,"a":"Zoë \\"O’Neil\\" \u2028"}';
    const command = (n: number) => ({ ...key, ...context(10 + n), id: `saga-errand-e-1/1.${n}`, target: 'catalog', name: 'RaiseTally', data });
    await append({ commands: [1, 2, 3].map(command) });
    expect(await test.ask('select id, data, actor, correlation_id, attempts, parked from ordering.command_outbox order by seq')).toEqual(
      [1, 2, 3].map((n) => ({
        id: command(n).id,
        data,
        actor: `actor-${10 + n}`,
        correlation_id: context(10 + n).correlationId,
        attempts: 0,
        parked: false,
      })),
    );
  });

  it('parks behind a message only while that one is parked', async () => {
    const row = (messageId: string, reason: string): ParkedRow => ({
      ...key,
      ...context(11),
      messageId,
      type: 'ordering.ErrandBegun',
      version: 1,
      data: '{}',
      at: '2026-01-01T00:00:00.000Z',
      stream: 'errand-e-1',
      reason,
    });
    const parked = async () =>
      (await test.ask<{ m: string }>(`select message_id || ' ' || reason as m from ordering.parked_message order by seq`)).map(({ m }) => m);
    await expect(append({ parked: [row('m-2', 'held')], held: [key] })).rejects.toEqual(stale);
    await append({ parked: [row('m-1', 'poison')] });
    await append({ parked: [row('m-2', 'held')], held: [key] });
    await append({ parked: [row('m-1', 'still poison')] });
    expect(await parked()).toEqual(['m-1 still poison', 'm-2 held']);
    await append({ released: ['m-1', 'm-2'].map((messageId) => ({ ...key, messageId })) });
    await expect(append({ parked: [row('m-3', 'held')], held: [key] })).rejects.toEqual(stale);
    expect(await parked()).toEqual([]);
  });

  it('waits, where it parks behind a message, for who is just releasing that one', async () => {
    const row = { ...key, ...context(11), type: 't', version: 1, data: '{}', at: '2026-01-01T00:00:00.000Z', stream: 's', reason: 'poison' };
    await append({ parked: [{ ...row, messageId: 'w-1' }] });
    const releasing = await test.connection();
    await releasing.query(`begin; delete from ordering.parked_message where message_id = 'w-1'`);
    const behind = append({ parked: [{ ...row, messageId: 'w-2' }], held: [key] });
    const settled = behind.then(
      () => 'parked',
      () => 'stale',
    );
    await eventually(async () =>
      expect(await test.ask(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).toHaveLength(1),
    );
    await releasing.query('commit');
    releasing.release();
    expect(await settled).toBe('stale');
    expect(await count('parked_message')).toBe(0);
  });
});
