import { decider } from '@kernel/decider.js';
import type { DomainEvent } from '@kernel/event.js';
import type { Aggregates } from '@kernel/ports/aggregates.js';
import { touch, type InboxHandler } from '@kernel/ports/command-inbox.js';
import { ensure, Refusal } from '@kernel/refusal.js';
import { saga, type OperatorWord, type RefusedCommand, type SagaMessage } from '@kernel/saga.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';

/** What a test turns on and off around the errands. */
export interface World {
  /** The saga no longer fails on what is poison to it. */
  isCured: boolean;
  /** The inbox is not told that it is unavailable. */
  isReachable: boolean;
  /** The handler throws what it should not. */
  isBroken: boolean;
  ask: (errandId: string) => Promise<number>;
  asked: number;
}

const begun = z.object({ errandId: z.string(), command: z.string(), tally: z.string(), due: z.string() });
const raised = z.object({ errandId: z.string(), tally: z.string(), by: z.number() });
const refused = z.object({
  commandId: z.string(),
  command: z.string(),
  code: z.string(),
  detail: z.string(),
  saga: z.object({ context: z.string(), name: z.string(), id: z.string() }),
});
const advanced = z.looseObject({ saga: z.string(), sagaId: z.string() });
const event = (type: string, schema: z.ZodType): EventSchema => ({ type, version: 1, schema, upcasters: {} });

/** The words of the errands: one begins, and has a tally raised that many share. */
export const errandEvents: EventSchema[] = [
  event('ordering.ErrandBegun', begun),
  event('ordering.ErrandNudged', z.object({ errandId: z.string() })),
  event('ordering.SagaAdvanced', advanced),
  event('ordering.CommandRefused', refused),
  event('catalog.TallyRaised', raised),
  event('catalog.TallyLowered', raised),
  event('catalog.CommandRefused', refused),
];

export type Begun = z.infer<typeof begun>;
type TallyEvent = DomainEvent<'catalog.TallyRaised', z.infer<typeof raised>> | DomainEvent<'catalog.TallyLowered', z.infer<typeof raised>>;
type TallyCommand = { type: 'Raise'; data: z.infer<typeof raised> } | { type: 'Lower'; data: z.infer<typeof raised> };
export interface Tally {
  readonly count: number;
}

/** Raises whenever it is asked to, the same errand or not: only the inbox keeps an errand from counting twice. */
const tally = decider<Tally, TallyCommand, TallyEvent>({
  initial: { count: 0 },
  decide: {
    Raise: (data, { count }) => {
      ensure(data.tally !== 'full', 'tally.full', `The tally is full at ${count}`);
      return [{ type: 'catalog.TallyRaised', version: 1, data }];
    },
    Lower: (data) => [{ type: 'catalog.TallyLowered', version: 1, data }],
  },
  evolve: {
    'catalog.TallyRaised': ({ count }, { by }) => ({ count: count + by }),
    'catalog.TallyLowered': ({ count }, { by }) => ({ count: count - by }),
  },
});

export const tallies = (aggregates: Aggregates) => aggregates.of('catalog', { decider: tally, stream: (id) => `tally-${id}` });

/** What the catalog does for errands. */
export function errandHandlers(aggregates: Aggregates, world: World): InboxHandler[] {
  const repository = tallies(aggregates);
  const schema = z.object({ errandId: z.string(), tally: z.string() });
  type Data = z.infer<typeof schema>;
  const touches = (data: Data) => [touch(repository, data.tally)];
  const raise: InboxHandler<Data, number> = {
    context: 'catalog',
    name: 'RaiseTally',
    schema,
    touches,
    decide: ({ data }, work) => {
      if (data.tally === 'remote' && !world.isReachable) throw new Refusal('tally.unreachable', 'unavailable', 'not now');
      if (data.tally === 'broken' && world.isBroken) throw new Error('out of paper');
      work.decide(repository, data.tally, { type: 'Raise', data: { ...data, by: data.tally === 'unstorable' ? Number.NaN : 1 } });
    },
  };
  const ask: InboxHandler<Data, number> = {
    ...raise,
    name: 'AskForTally',
    ask: ({ data }) => {
      world.asked += 1;
      return world.ask(data.errandId);
    },
    decide: ({ data }, work, by) => void work.decide(repository, data.tally, { type: 'Raise', data: { ...data, by } }),
  };
  const lower: InboxHandler<Data, undefined> = {
    ...raise,
    name: 'LowerTally',
    ask: undefined,
    decide: ({ data }, work) => void work.decide(repository, data.tally, { type: 'Lower', data: { ...data, by: 1 } }),
  };
  return [raise, ask, lower] as InboxHandler[];
}

type Word<Type extends string, Data> = SagaMessage<Type, Data>;
type ErrandMessage =
  | Word<'ordering.ErrandBegun', Begun>
  | Word<'ordering.ErrandNudged', Record<string, never>>
  | Word<'catalog.TallyRaised', Record<string, never>>
  | Word<'catalog.TallyLowered', Record<string, never>>
  | Word<'deadline.late', { readonly due: string }>
  | RefusedCommand
  | OperatorWord;

export interface Errand {
  readonly status: 'running' | 'failed' | 'compensating' | 'ended';
  readonly outcome?: string;
  readonly tally: string;
  readonly nudges: number;
}

type Input = { readonly data: { readonly errandId: string } };
const of = ({ errandId }: Input['data']): string => errandId;
const nothing = (): Record<string, never> => ({});

/** Has the tally raised before it is too late; when it is, or an operator says so, has it lowered again. */
export const errand = (world: Pick<World, 'isCured'>) => {
  const lower = (errandId: string, name: string) => ({ name: 'LowerTally', context: 'catalog', data: { errandId, tally: name } });
  const ended = (outcome: string) => (state: Errand) => (state.status === 'ended' ? state : { ...state, status: 'ended' as const, outcome });
  return saga<Errand, ErrandMessage, { name: string; context: string; data: { errandId: string; tally: string } }>({
    name: 'errand',
    context: 'ordering',
    initial: { status: 'running', tally: '', nudges: 0 },
    inputs: {
      'ordering.ErrandBegun': { saga: of, take: (data: Begun) => data, starts: true },
      'ordering.ErrandNudged': { saga: of, take: nothing },
      'catalog.TallyRaised': { saga: of, take: nothing },
      'catalog.TallyLowered': { saga: of, take: nothing },
    },
    react: {
      'ordering.ErrandBegun': ({ errandId, command, tally: name, due }) => {
        if (name === 'poison' && !world.isCured) throw new Error('poison');
        return { commands: [{ name: command, context: 'catalog', data: { errandId, tally: name } }], deadlines: { late: due } };
      },
      'ordering.ErrandNudged': () => ({}),
      'catalog.TallyRaised': () => ({ cleared: ['late'] }),
      'catalog.TallyLowered': () => ({}),
      'deadline.late': (_, { tally: name }) => ({ commands: [lower('late', name)] }),
      'command-refused': () => ({}),
      'operator.skip': () => ({ cleared: ['late'] }),
      // What was refused has nothing to be undone.
      'operator.compensate': (_, { status, tally: name }) => (status === 'failed' ? {} : { commands: [lower('undone', name)], cleared: ['late'] }),
    },
    evolve: {
      'ordering.ErrandBegun': (state, data) => ({ ...state, tally: data.tally }),
      'ordering.ErrandNudged': (state) => ({ ...state, nudges: state.nudges + 1 }),
      'catalog.TallyRaised': ended('done'),
      'catalog.TallyLowered': (state) => state,
      'deadline.late': ended('late'),
      'command-refused': (state) => ({ ...state, status: 'failed' }),
      'operator.skip': ended('skipped'),
      'operator.compensate': (state) => (state.status === 'failed' ? state : ended('undone')(state)),
    },
    standing: ({ status, outcome }) => ({ status, step: status, remaining: status === 'ended' ? [] : ['raise'], ...(outcome && { outcome }) }),
  });
};
