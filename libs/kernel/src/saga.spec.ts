import { advance, armedDeadlines, lastRefused, saga, sagaState, type RefusedCommand, type SagaMessage, type SagaStep } from './saga.js';

type Message =
  | SagaMessage<'shop.Opened', { readonly by: string }>
  | SagaMessage<'shop.Called', Record<string, never>>
  | SagaMessage<'deadline.closing', { readonly due: string }>
  | RefusedCommand;
type State = { readonly log: readonly string[]; readonly asked: readonly string[] };
type Command = { readonly name: 'Ring' | 'Close'; readonly context: 'bell'; readonly data: { readonly after: string } };

const log =
  (word: string) =>
  (state: State): State => ({ ...state, log: [...state.log, word] });
const own = ({ shop }: { shop: string }): string => shop;

const shop = saga<State, Message, Command>({
  name: 'shop',
  context: 'shop',
  initial: { log: [], asked: [] },
  inputs: {
    'shop.Opened': { saga: own, take: ({ by }: { by: string }) => ({ by }), starts: true },
    'shop.Called': { saga: own, take: () => ({}) },
  },
  react: {
    'shop.Opened': ({ by }) => ({ commands: [ring('opening'), ring(by)], deadlines: { closing: '2026-01-01T18:00:00Z' } }),
    'shop.Called': (_, { log: known }) =>
      known.length === 1 ? { deadlines: { closing: '2026-01-01T20:00:00.000Z' } } : { commands: [ring('call')], cleared: ['closing'] },
    'deadline.closing': (_, { log: known }) => ({ commands: [{ name: 'Close', context: 'bell', data: { after: known.join() } }] }),
    'command-refused': () => ({}),
  },
  evolve: { 'shop.Opened': log('opened'), 'shop.Called': log('called'), 'deadline.closing': log('closed'), 'command-refused': log('refused') },
  asked: { Ring: (state, { id }) => ({ ...state, asked: [...state.asked, id] }) },
  standing: ({ log: known }) => ({ status: 'running', step: known.at(-1) ?? 'none', remaining: [] }),
});
const ring = (after: string): Command => ({ name: 'Ring', context: 'bell', data: { after } });

const opened = { type: 'shop.Opened', data: { by: 'ada' } };
const called = { type: 'shop.Called', data: {} };
const closing = (due: string) => ({ type: 'deadline.closing', data: { due } });
const NOON = '2026-01-01T12:00:00.000Z';
const SIX = '2026-01-01T18:00:00.000Z';
const EIGHT = '2026-01-01T20:00:00.000Z';

const next = (steps: readonly SagaStep[], messageId: string, message: SagaMessage, at = NOON) =>
  advance(shop, steps, 's-1', { messageId, message, at });
const after = (...messages: (readonly [string, SagaMessage, string?])[]): SagaStep[] =>
  messages.reduce<SagaStep[]>((steps, [id, message, at]) => [...steps, next(steps, id, message, at)!], []);

describe('a saga', () => {
  it('begins with a message that starts it, and names its commands by stream, step and place', () => {
    expect(next([], 'm-1', opened)).toEqual({
      saga: 'shop',
      sagaId: 's-1',
      on: opened,
      messageId: 'm-1',
      at: NOON,
      commands: [
        { id: 'saga-shop-s-1/1.1', ...ring('opening') },
        { id: 'saga-shop-s-1/1.2', ...ring('ada') },
      ],
      deadlines: { closing: SIX },
      cleared: [],
    });
  });

  it('ignores what does not begin it while it has not begun, and what it has no row for', () => {
    expect(next([], 'm-1', called)).toBeNull();
    expect(next([], 'm-1', closing(SIX), SIX)).toBeNull();
    expect(next(after(['m-1', opened]), 'm-2', { type: 'shop.Painted', data: {} })).toBeNull();
  });

  it('handles a message once, however often and late it comes', () => {
    const steps = after(['m-1', opened], ['m-2', called]);
    expect(next(steps, 'm-1', opened)).toBeNull();
    expect(next(steps, 'm-2', called)).toBeNull();
    expect(next(steps, 'm-3', called)).not.toBeNull();
  });

  it('comes to the same from its stored steps as from memory', () => {
    const steps = after(['m-1', opened], ['m-2', called]);
    const restarted = JSON.parse(JSON.stringify(steps)) as SagaStep[];
    expect(sagaState(shop, restarted)).toEqual({ log: ['opened', 'called'], asked: ['saga-shop-s-1/1.1', 'saga-shop-s-1/1.2'] });
    expect(next(restarted, 'm-3', called)).toEqual(next(steps, 'm-3', called));
  });
});

describe('a deadline', () => {
  const running = after(['m-1', opened]);

  it('counts once it is reached, not before', () => {
    expect(next(running, 'd', closing(SIX), '2026-01-01T17:59:59.999Z')).toBeNull();
    expect(next(running, 'd', closing(SIX), SIX)).toMatchObject({ commands: [{ name: 'Close' }] });
  });

  it('does not count twice', () => {
    const closed = after(['m-1', opened], ['d', closing(SIX), SIX]);
    expect(armedDeadlines(closed)).toEqual(new Map());
    expect(next(closed, 'another', closing(SIX), EIGHT)).toBeNull();
  });

  it('that was moved counts at its new time only', () => {
    const moved = after(['m-1', opened], ['m-2', called]);
    expect(armedDeadlines(moved)).toEqual(new Map([['closing', EIGHT]]));
    expect(next(moved, 'd', closing(SIX), EIGHT)).toBeNull();
    expect(next(moved, 'd', closing(EIGHT), EIGHT)).not.toBeNull();
  });

  it('that was cleared does not count any more', () => {
    const cleared = after(['m-1', opened], ['m-2', called], ['m-3', called]);
    expect(armedDeadlines(cleared)).toEqual(new Map());
    expect(next(cleared, 'd', closing(EIGHT), EIGHT)).toBeNull();
  });

  it('must be an instant', () => {
    const vague = { ...shop, react: { ...shop.react, 'shop.Opened': () => ({ deadlines: { closing: 'soon' } }) } };
    expect(() => advance(vague, [], 's-1', { messageId: 'm-1', message: opened, at: NOON })).toThrow('Invalid time value');
  });
});

describe('an operator’s word', () => {
  const skip = { type: 'operator.skip', data: { by: 'ada', reason: 'seen to', step: 'any' } };
  const heeding = (skips: (state: State) => State) =>
    ({ ...shop, react: { ...shop.react, 'operator.skip': () => ({}) }, evolve: { ...shop.evolve, 'operator.skip': skips } }) as typeof shop;
  const incoming = { messageId: 'o-1', message: skip, at: NOON };

  it('that comes to nothing is not recorded', () =>
    expect(
      advance(
        heeding((state) => ({ ...state })),
        after(['m-1', opened]),
        's-1',
        incoming,
      ),
    ).toBeNull());

  it('is, where the saga is another from then on, though it asks for nothing', () =>
    expect(advance(heeding(log('skipped')), after(['m-1', opened]), 's-1', incoming)).toMatchObject({ on: skip, commands: [] }));

  it('of which only the operator’s kind is judged so: a fact that changes nothing is still a fact', () =>
    expect(
      advance({ ...shop, evolve: { ...shop.evolve, 'command-refused': (state: State) => state } } as typeof shop, after(['m-1', opened]), 's-1', {
        ...incoming,
        message: { type: 'command-refused', data: { commandId: 'x', command: 'Ring', code: 'c', detail: '' } },
      }),
    ).not.toBeNull());
});

describe('a retry', () => {
  const refusal = (commandId: string): SagaMessage => ({
    type: 'command-refused',
    data: { commandId, command: 'Ring', code: 'bell.muffled', detail: '' },
  });
  const retry: SagaMessage = { type: 'operator.retry', data: { by: 'ada' } };
  const refused = after(['m-1', opened], ['m-2', refusal('saga-shop-s-1/1.2')]);

  it('asks for the refused command anew, under a new id, and changes nothing else', () => {
    expect(lastRefused(refused)).toEqual({ id: 'saga-shop-s-1/1.2', ...ring('ada') });
    const step = next(refused, 'o-1', retry)!;
    expect(step.commands).toEqual([{ id: 'saga-shop-s-1/3.1', ...ring('ada') }]);
    expect(sagaState(shop, [...refused, step])).toMatchObject({ log: ['opened', 'refused'], asked: expect.arrayContaining(['saga-shop-s-1/3.1']) });
  });

  it('changes nothing where no refusal is the last thing that happened', () => {
    expect(next(after(['m-1', opened]), 'o-1', retry)).toBeNull();
    expect(next([...refused, next(refused, 'o-1', retry)!], 'o-2', retry)).toBeNull();
    expect(lastRefused(after(['m-1', opened], ['m-2', refusal('unknown')]))).toBeUndefined();
  });
});
