import type { SubscribeOptions, Subscription } from '@kernel/ports/event-bus.js';
import type { SagaStep } from '@kernel/saga.js';
import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { eventually } from '@testing/eventually.js';
import { testSagas, type TestSagas } from '@testing/sagas.js';
import { WrappedBus } from '@testing/wrapped-bus.js';

const CORRELATION = '01890a5d-ac96-774b-bcce-b302099a8099';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the saga engine', () => {
  let test: TestSagas;
  beforeEach(async () => void (test = await testSagas()));
  afterEach(() => test.close());

  const statuses = async () => test.ask<{ id: string; outcome: string }>('select id, outcome from ordering.saga order by id');
  const ended = (count: number) => eventually(async () => expect(await test.count(`ordering.saga where status = 'ended'`)).toBe(count), 20_000);
  const atRest = () => eventually(async () => expect(await test.count('ordering.command_outbox')).toBe(0));
  const versions = async (stream: string): Promise<number[]> =>
    (await test.stores.store('catalog').read(stream)).map(({ streamVersion }) => streamVersion);
  const steps = async (id: string): Promise<SagaStep[]> =>
    (await test.stores.store('ordering').read(`saga-errand-${id}`)).map(({ data }) => JSON.parse(data) as SagaStep);
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

  it('carries an errand to its end, and tells with each event whose it is', async () => {
    await test.engine();
    test.scope.scope = { ...test.scope.scope, actor: 'ada', correlationId: CORRELATION, traceparent: TRACE };
    await test.begin('e-1');
    await ended(1);
    await atRest();
    const [begun] = await test.stores.store('ordering').read('errand-e-1');
    const [raised] = await test.stores.store('catalog').read('tally-tally');
    const advanced = await test.stores.store('ordering').read('saga-errand-e-1');
    const carried = { actor: null, correlationId: CORRELATION, traceparent: TRACE };
    expect(raised).toMatchObject({ ...carried, causationId: begun!.id });
    expect(advanced).toMatchObject([
      { type: 'ordering.SagaAdvanced', ...carried, causationId: begun!.id },
      { ...carried, causationId: raised!.id },
    ]);
    expect(await steps('e-1')).toMatchObject([
      {
        messageId: begun!.id,
        at: begun!.recordedAt,
        commands: [{ id: 'saga-errand-e-1/1.1', name: 'RaiseTally' }],
        deadlines: { late: expect.any(String) },
      },
      { messageId: raised!.id, commands: [], cleared: ['late'] },
    ]);
    expect(await test.engine().then((engine) => engine.sagas.one('errand', 'e-1'))).toMatchObject({
      status: 'ended',
      outcome: 'done',
      version: 2,
      stuck: false,
      remaining: [],
      deadlines: {},
      pending: [],
      parked: [],
      timeline: [{ version: 1 }, { version: 2, recordedAt: advanced[1]!.recordedAt }],
    });
    expect(test.errors).toEqual([]);
  });

  it('does once what a bus delivers twice', async () => {
    await test.engine({}, { bus: new Twice(new LogEventBus(test.stores, { idleMs: 20 })) });
    await Promise.all(upTo(20).map((n) => test.begin(`e-${n}`)));
    await ended(20);
    await atRest();
    expect(await versions('tally-tally')).toEqual(upTo(20));
    expect(await steps('e-7')).toHaveLength(2);
  });

  it('reads a log in several partitions', async () => {
    await test.engine({}, { bus: new LogEventBus(test.stores, { idleMs: 20, partitions: 4 }) });
    await Promise.all(upTo(20).map((n) => test.begin(`e-${n}`)));
    await ended(20);
    await atRest();
    expect(await versions('tally-tally')).toEqual(upTo(20));
    expect((await test.ask(`select partition from ordering.checkpoint where context = 'ordering'`)).length).toBeGreaterThan(1);
  });

  it('passes over nothing where the log was read in several partitions before, one of which was further than the others', async () => {
    const several = await test.engine({}, { bus: new LogEventBus(test.stores, { idleMs: 20, partitions: 4 }) });
    await Promise.all(upTo(10).map((n) => test.begin(`e-${n}`)));
    await ended(10);
    await several.stop();
    await Promise.all(upTo(20).map((n) => n > 10 && test.begin(`e-${n}`)));
    await eventually(async () => expect(await test.count('ordering.outbox')).toBe(0));
    await test.ask('update ordering.checkpoint set position = (select position from ordering.sequencer) where partition = 0');
    await test.engine();
    await ended(20);
    await atRest();
    expect(await versions('tally-tally')).toEqual(upTo(20));
  });

  it('does nothing again for a log that is read again from its beginning', async () => {
    const first = await test.engine();
    await Promise.all(upTo(10).map((n) => test.begin(`e-${n}`)));
    await ended(10);
    await first.stop();
    await test.ask('delete from ordering.checkpoint');
    await test.engine();
    await test.begin('e-11');
    await ended(11);
    await atRest();
    expect(await versions('tally-tally')).toEqual(upTo(11));
    expect(await steps('e-1')).toHaveLength(2);
  });

  it('does everything once with three engines at once over one aggregate that all errands want', async () => {
    await Promise.all([test.engine(), test.engine(), test.engine({ batch: 7 })]);
    for (const wave of [0, 1, 2, 3]) await Promise.all(upTo(50).map((n) => test.begin(`e-${wave * 50 + n}`)));
    await ended(200);
    await atRest();
    expect(await versions('tally-tally')).toEqual(upTo(200));
    expect(await test.count(`ordering.event where type = 'ordering.SagaAdvanced'`)).toBe(400);
    expect(await test.count(`catalog.receipt where principal = 'saga'`)).toBe(200);
    expect(new Set((await statuses()).map(({ outcome }) => outcome))).toEqual(new Set(['done']));
    expect(await test.count('ordering.deadline')).toBe(0);
  });

  it('carries on after a crash between a step and its command', async () => {
    const dying = await test.engine({ targets: [] });
    await test.begin('e-1');
    await eventually(async () => expect(await test.count('ordering.command_outbox')).toBe(1));
    await dying.stop();
    expect(await versions('tally-tally')).toEqual([]);
    await test.engine();
    await ended(1);
    expect(await versions('tally-tally')).toEqual([1]);
  });

  it('has no second effect after a crash between a command and its removal from the outbox', async () => {
    await test.ask('alter function ordering.finish_commands(text[]) rename to finish_lost');
    const dying = await test.engine();
    await test.begin('e-1');
    await ended(1);
    await dying.stop();
    expect(await test.count('ordering.command_outbox where claimed_by is not null')).toBe(1);
    expect(test.errors).toHaveLength(1);
    await test.ask('alter function ordering.finish_lost(text[]) rename to finish_commands');
    await test.engine({}, { takeOver: true });
    await atRest();
    expect(await versions('tally-tally')).toEqual([1]);
  });

  it('does not wait for ever for an answer', async () => {
    test.world.ask = () => new Promise(() => undefined);
    await test.engine({ patienceMs: 100, attempts: 50 });
    await test.begin('e-1', { command: 'AskForTally' });
    await eventually(() => expect(test.world.asked).toBeGreaterThan(1));
    // For the moment of a delivery there is none.
    await eventually(async () => expect(await test.ask('select error from ordering.command_outbox')).toEqual([{ error: 'no answer within 100 ms' }]));
    test.world.ask = () => Promise.resolve(3);
    await ended(1);
    expect(await versions('tally-tally')).toEqual([1]);
  });

  it('leaves with who claimed it what takes longer than a lease', async () => {
    const { release, promise } = held();
    test.world.ask = () => promise;
    await test.engine({ leaseMs: 300 });
    await test.begin('e-1', { command: 'AskForTally' });
    await eventually(() => expect(test.world.asked).toBe(1));
    const lease = async () =>
      (await test.ask<{ until: string }>('select extract(epoch from next_attempt_at) as until from ordering.command_outbox'))[0]!.until;
    const first = Number(await lease());
    await test.engine({ leaseMs: 300 });
    await eventually(async () => expect(Number(await lease())).toBeGreaterThan(first + 0.9));
    expect(test.world.asked).toBe(1);
    release(5);
    await ended(1);
    expect(await versions('tally-tally')).toEqual([1]);
  });

  it('does once what another has taken over from one that is slow', async () => {
    const { release, promise } = held();
    test.world.ask = () => promise;
    const slow = await test.engine({ leaseMs: 400 });
    await test.begin('e-1', { command: 'AskForTally' });
    await eventually(() => expect(test.world.asked).toBe(1));
    test.world.ask = () => Promise.resolve(3);
    await test.ask(`update ordering.command_outbox set claimed_by = 'nobody', next_attempt_at = '-infinity'`);
    await test.engine();
    await ended(1);
    release(5);
    await slow.stop();
    await atRest();
    expect((await test.stores.store('catalog').read('tally-tally')).map(({ data }) => JSON.parse(data) as unknown)).toMatchObject([{ by: 3 }]);
  });

  it('moves its checkpoint with its steps', async () => {
    const engine = await test.engine();
    await test.begin('e-1');
    await ended(1);
    await engine.stop();
    const checkpoints = await test.ask<{ context: string; position: string }>('select context, position from ordering.checkpoint order by context');
    expect(checkpoints).toMatchObject([{ context: 'catalog', position: '1' }, { context: 'ordering' }]);
  });

  it('starts nothing new once it is stopped, and loses nothing', async () => {
    const engine = await test.engine();
    await Promise.all(upTo(30).map((n) => test.begin(`e-${n}`)));
    await engine.stop();
    const settled = await test.count('ordering.event');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await test.count('ordering.event')).toBe(settled);
    expect(await test.count(`ordering.command_outbox where claimed_by is not null`)).toBe(0);
    await test.engine();
    await ended(30);
    expect(await versions('tally-tally')).toEqual(upTo(30));
  });
});

function held() {
  let release: (by: number) => void = () => undefined;
  const promise = new Promise<number>((resolve) => (release = resolve));
  return { release: (by: number) => release(by), promise };
}

/** A bus that delivers each batch again at once. */
class Twice extends WrappedBus {
  override subscribe(options: SubscribeOptions): Promise<Subscription> {
    return this.bus.subscribe({
      ...options,
      onBatch: async (messages) => {
        await options.onBatch(messages);
        for (const partition of new Set(messages.map((message) => message.partition))) await options.from(partition);
        await options.onBatch(messages);
      },
    });
  }
}
