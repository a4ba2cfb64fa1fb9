import { createHash } from 'node:crypto';
import { ReceiptExists } from '@kernel/ports/event-store.js';
import { eventually } from '@testing/eventually.js';
import { noted, notes, receiptOf, testEventStore, type TestEventStore } from '@testing/event-store.js';

const stale = expect.objectContaining({ code: 'concurrency.stale-version', kind: 'stale' });

describe('an append', () => {
  let test: TestEventStore;
  beforeAll(async () => void (test = await testEventStore()));
  afterAll(() => test.close());

  const count = async (table: string): Promise<number> => (await test.ask<{ n: number }>(`select count(*)::int as n from ordering.${table}`))[0]!.n;

  it('is refused where the stream has moved on, is missing, or exists already', async () => {
    await test.store.append({ streams: [notes('version-1', 0, 2)] });
    await expect(test.store.append({ streams: [notes('version-1', 1)] })).rejects.toEqual(stale);
    await expect(test.store.append({ streams: [notes('version-1', 3)] })).rejects.toEqual(stale);
    await expect(test.store.append({ streams: [notes('version-1', 0)] })).rejects.toEqual(stale);
    await expect(test.store.append({ streams: [notes('version-2', 1)] })).rejects.toEqual(stale);
    await test.store.append({ streams: [notes('version-1', 2)] });
    expect((await test.store.read('version-1')).map(({ streamVersion }) => streamVersion)).toEqual([1, 2, 3]);
    expect(await test.store.versions(['version-1', 'version-2'])).toEqual(
      new Map([
        ['version-1', 3],
        ['version-2', 0],
      ]),
    );
  });

  it('lets one of twenty through that decided on the same version', async () => {
    await test.store.append({ streams: [notes('race', 0)] });
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => test.store.append({ streams: [notes('race', 1)] })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(stale);
    expect(await test.store.read('race')).toHaveLength(2);
  });

  it('writes everything or nothing', async () => {
    const before = await Promise.all(['event', 'outbox', 'stream', 'receipt'].map(count));
    await test.store.append({ streams: [notes('whole-2', 0)] });
    const refused = test.store.append({ streams: [notes('whole-1', 0), notes('whole-2', 0), notes('whole-3', 0)], receipts: [receiptOf('whole')] });
    await expect(refused).rejects.toEqual(stale);
    expect(await Promise.all(['event', 'outbox', 'stream', 'receipt'].map(count))).toEqual([
      before[0]! + 1,
      before[1]! + 1,
      before[2]! + 1,
      before[3],
    ]);
  });

  it('does not deadlock with another over the same streams in the other order', async () => {
    await test.store.append({ streams: [notes('a', 0), notes('b', 0)] });
    const versions = { ab: 0, ba: 0 };
    const both = async (order: 'ab' | 'ba'): Promise<void> => {
      while (versions[order] < 25) {
        const at = await test.store.versions(['a', 'b']);
        const streams = [...order].map((stream) => notes(stream, at.get(stream)!));
        try {
          await test.store.append({ streams });
          versions[order] += 1;
        } catch (error) {
          expect(error).toEqual(stale);
        }
      }
    };
    await Promise.all([both('ab'), both('ba'), both('ab'), both('ba')].map((run) => run));
    const at = await test.store.versions(['a', 'b']);
    expect(at.get('a')).toBe(at.get('b'));
  });

  it('keeps data byte for byte, with a digest that anybody can recompute', async () => {
    test.scope.scope = {
      ...test.scope.scope,
      actor: 'ada',
      causationId: '01890a5d-ac96-774b-bcce-b302099a8099',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    await test.store.append({
      streams: [
        { stream: 'digest', expectedVersion: 0, events: [noted('Zoë "O’Neil" \u2028 \\u0041 💶', 1, '2010-12-01T08:26:00.123Z'), noted('plain', 2)] },
      ],
    });
    test.scope.scope = { ...test.scope.scope, actor: null, causationId: null, traceparent: null };
    await test.store.append({ streams: [notes('digest', 2)] });
    const events = await test.store.read('digest');
    expect(events[0]).toMatchObject({
      data: '{"by":"Zoë \\"O’Neil\\" \u2028 \\\\u0041 💶","n":1}',
      actor: 'ada',
      occurredAt: '2010-12-01T08:26:00.123Z',
    });
    for (const event of events) {
      const fields = [
        event.id,
        event.type,
        event.version,
        event.stream,
        event.streamVersion,
        Date.parse(event.occurredAt),
        Date.parse(event.recordedAt),
        event.actor ?? '',
        event.correlationId,
        event.causationId ?? '',
        event.traceparent ?? '',
        event.data,
      ];
      expect(event.digest).toBe(createHash('md5').update(fields.join('\x1f')).digest('hex'));
    }
  });

  it('reads a stream as it was at a version or at an instant of business time', async () => {
    const events = ['2011-01-01T00:00:00.000Z', '2011-02-01T00:00:00.000Z', '2011-03-01T00:00:00.000Z'].map((at, index) =>
      noted('time', index + 1, at),
    );
    await test.store.append({ streams: [{ stream: 'travel', expectedVersion: 0, events }] });
    const versions = async (upTo: { version?: number; at?: string }): Promise<number[]> =>
      (await test.store.read('travel', upTo)).map(({ streamVersion }) => streamVersion);
    expect(await versions({ version: 2 })).toEqual([1, 2]);
    expect(await versions({ version: 9 })).toEqual([1, 2, 3]);
    expect(await versions({ at: '2011-02-01T00:00:00.000Z' })).toEqual([1, 2]);
    expect(await versions({ at: '2011-01-31T23:59:59.999Z' })).toEqual([1]);
    expect(await versions({ at: '2010-12-31T23:59:59.999Z' })).toEqual([]);
  });

  it('takes no event that its schema does not describe', async () => {
    const wrong = { type: 'test.Noted', version: 1, data: { by: 'x', n: 1.5 } };
    await expect(test.store.append({ streams: [{ stream: 'schema', expectedVersion: 0, events: [wrong] }] })).rejects.toThrow('Invalid input');
    await expect(
      test.store.append({ streams: [{ stream: 'schema', expectedVersion: 0, events: [{ ...wrong, type: 'test.Unknown' }] }] }),
    ).rejects.toThrow('unknown event type');
    expect(await test.store.read('schema')).toEqual([]);
  });

  it('keeps text that looks like SQL as text', async () => {
    const hostile = `'); drop table ordering.event; --`;
    await test.store.append({ streams: [{ stream: hostile, expectedVersion: 0, events: [noted(hostile, 1)] }] });
    expect((await test.store.read(hostile)).map(({ data }) => JSON.parse(data))).toEqual([{ by: hostile, n: 1 }]);
  });
});

describe('a receipt', () => {
  let test: TestEventStore;
  beforeAll(async () => void (test = await testEventStore()));
  afterAll(() => test.close());

  it('answers the same claim again with what was answered, token included', async () => {
    const { token } = await test.store.append({ streams: [notes('r-1', 0)], receipts: [receiptOf('once')] });
    expect(await test.store.receipt(receiptOf('once'))).toEqual({ status: 201, body: { noted: 'once' }, token, replayed: true });
    expect(token).toEqual({ ordering: (await test.store.read('r-1'))[0]!.id });
  });

  it('keeps a second effect out', async () => {
    await test.store.append({ streams: [notes('r-2', 0)], receipts: [receiptOf('twice')] });
    await expect(test.store.append({ streams: [notes('r-2', 1)], receipts: [receiptOf('twice')] })).rejects.toBeInstanceOf(ReceiptExists);
    expect(await test.store.read('r-2')).toHaveLength(1);
  });

  it('leaves no receipt behind where it is refused', async () => {
    await test.store.append({ streams: [notes('r-8', 0)] });
    await expect(test.store.append({ streams: [notes('r-8', 0)], receipts: [receiptOf('refused')] })).rejects.toEqual(stale);
    expect(await test.store.receipt(receiptOf('refused'))).toBeNull();
    await test.store.append({ streams: [notes('r-8', 1)], receipts: [receiptOf('refused')] });
  });

  it('does not know the key with another body', async () => {
    await test.store.append({ streams: [notes('r-3', 0)], receipts: [receiptOf('body')] });
    const other = receiptOf('body', { bodyDigest: 'another body' });
    await expect(test.store.receipt(other)).rejects.toMatchObject({ code: 'idempotency.key-reused', kind: 'key-reused' });
    expect(await test.store.receipts([other, receiptOf('never')])).toEqual(new Map([['body', 'key-reused']]));
  });

  it('is its principal’s and its route’s own', async () => {
    await test.store.append({ streams: [notes('r-4', 0)], receipts: [receiptOf('mine')] });
    for (const [index, other] of [{ principal: 'bob' }, { route: 'POST /others' }].entries()) {
      expect(await test.store.receipt(receiptOf('mine', other))).toBeNull();
      await test.store.append({ streams: [notes(`r-4-${index}`, 0)], receipts: [receiptOf('mine', other)] });
    }
  });

  it('lets one of twenty claims at once have an effect', async () => {
    const claims = Array.from({ length: 20 }, (_, index) =>
      test.store.append({ streams: [notes(`r-5-${index}`, 0)], receipts: [receiptOf('crowd')] }),
    );
    const results = await Promise.allSettled(claims);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected' && !(result.reason instanceof ReceiptExists))
        expect(result.reason).toMatchObject({ code: 'idempotency.in-flight', kind: 'in-flight' });
    }
    expect(await test.ask(`select count(*)::int as n from ordering.event where stream_id like 'r-5-%'`)).toEqual([{ n: 1 }]);
  });

  it('says so at once while another request with the key is at work, and is free again when that fails', async () => {
    await test.store.append({ streams: [notes('r-6', 0)] });
    const held = await test.connection();
    await held.query(`begin; select 1 from ordering.stream where id = 'r-6' for update`);
    const first = test.store.append({ streams: [notes('r-6', 1)], receipts: [receiptOf('busy')] });
    try {
      await eventually(async () =>
        expect(
          await test.ask(
            `select 1 from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
          ),
        ).toHaveLength(1),
      );
      await expect(test.store.append({ streams: [notes('r-7', 0)], receipts: [receiptOf('busy')] })).rejects.toMatchObject({
        code: 'idempotency.in-flight',
        kind: 'in-flight',
      });
    } finally {
      await held.query(`update ordering.stream set version = 5 where id = 'r-6'; commit`);
      held.release();
    }
    await expect(first).rejects.toEqual(stale);
    expect(await test.store.receipt(receiptOf('busy'))).toBeNull();
    // Postgres tells of a failure a moment before it gives up the transaction's locks.
    await eventually(() => test.store.append({ streams: [notes('r-7', 0)], receipts: [receiptOf('busy')] }));
  });
});
