import type { AnySaga, SagaStep } from '@kernel/saga.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { errand, errandEvents } from '@testing/errand.js';
import { planSteps, type StepsSoFar } from './plan-steps.js';
import { SagaDefinitions, type Addressed, type Received } from './saga-definitions.js';

const NOW = '2026-01-02T00:00:00.000Z';
const DUE = '2026-01-01T12:00:00.000Z';
const registry = new SchemaRegistry(errandEvents);
const definitions = new SagaDefinitions('ordering', [errand({ isCured: false })], registry);
const saga = definitions.get('errand')!;

const received = (id: string, type: string, data: object, version = 1): Received => ({
  id,
  type,
  version,
  data: JSON.stringify(data),
  at: NOW,
  stream: 'errand-e-1',
  context: { actor: null, correlationId: 'c', causationId: id, traceparent: null },
});
const begun = (id: string, tally = 'tally') => received(id, 'ordering.ErrandBegun', { errandId: 'e-1', command: 'RaiseTally', tally, due: DUE });
const plan = (messages: readonly Addressed[], soFar: Partial<StepsSoFar> = {}) =>
  planSteps(messages, { steps: () => [], held: new Set(), now: NOW, ...soFar });
const listed = (planned: ReturnType<typeof plan>) =>
  planned.streams.flatMap(({ inline = [] }) => inline.map(({ row }) => [row['id'], row['status'], row['version']]));
const firstStep = (): SagaStep => plan(definitions.address(begun('m-1'))).steps[0]!;

/** The errand, whose input cannot tell whose message it is. */
const lost = (): SagaDefinitions => {
  const inputs = { ...saga.inputs, 'ordering.ErrandBegun': { starts: true, take: () => ({}), saga: () => { throw new Error('whose?'); } } }; // prettier-ignore
  return new SagaDefinitions('ordering', [{ ...saga, inputs } as AnySaga], registry);
};

describe('a plan of steps', () => {
  it('parks what no saga can be told for under its stream, where an operator sees it', () => {
    const planned = plan(lost().address(begun('m-1')));
    expect(planned.writes.parked).toMatchObject([{ saga: 'errand', sagaId: 'errand-e-1', messageId: 'm-1', reason: 'whose?' }]);
    expect(listed(planned)).toEqual([['errand-e-1', 'failed', 0]]);
  });

  it('brings such a message to its saga once it can be told, and takes it off the list', () => {
    const again = definitions.address(begun('m-1')).map((message) => ({ ...message, parkedAs: 'errand-e-1' }));
    const planned = plan(again, { releasing: true });
    expect(planned.steps).toMatchObject([{ sagaId: 'e-1', messageId: 'm-1' }]);
    expect(planned.writes.released).toEqual([{ saga: 'errand', sagaId: 'errand-e-1', messageId: 'm-1' }]);
    expect(listed(planned)).toEqual([
      ['e-1', 'running', 1],
      ['errand-e-1', 'ended', 0],
    ]);
  });

  it('moves it to the saga that it turns out to be poison for', () => {
    const again = definitions.address(begun('m-1', 'poison')).map((message) => ({ ...message, parkedAs: 'errand-e-1' }));
    const planned = plan(again, { releasing: true });
    expect(planned.writes.parked).toMatchObject([{ sagaId: 'e-1', reason: 'poison' }]);
    expect(planned.writes.released).toMatchObject([{ sagaId: 'errand-e-1' }]);
    expect(listed(planned)).toEqual([
      ['e-1', 'failed', 0],
      ['errand-e-1', 'ended', 0],
    ]);
  });

  it('takes a deadline away that this release has no row for, and not one that was moved', () => {
    const { 'deadline.late': _, ...react } = saga.react as Record<string, unknown>;
    const deaf = { ...saga, react } as AnySaga;
    const late = (due: string) => [definitions.to(deaf, 'e-1', received('d', 'deadline.late', { due }, 0))];
    expect(plan(late(DUE), { steps: () => [firstStep()] }).writes.cleared).toEqual([{ saga: 'errand', sagaId: 'e-1', name: 'late' }]);
    expect(plan(late('2026-01-01T06:00:00.000Z'), { steps: () => [firstStep()] }).isEmpty).toBe(true);
  });
});

describe('the definitions of sagas', () => {
  it('follow every context that the sagas listen to, or that may refuse a command', () => {
    expect(definitions.contexts()).toEqual(['catalog', 'ordering']);
  });

  it('refuse two sagas whose streams could be taken for each other, and inputs that nobody publishes', () => {
    const make =
      (...sagas: AnySaga[]) =>
      () =>
        new SagaDefinitions('ordering', sagas, registry);
    expect(make(saga, { ...saga, name: 'errand-back' })).toThrow('streams of the saga errand-back could be taken for those of errand');
    expect(make(saga, saga)).toThrow('two sagas of ordering have one name');
    expect(make({ ...saga, inputs: { 'ordering.Unheard': { saga: () => null, take: () => null } } } as unknown as AnySaga)).toThrow(
      'unknown event type',
    );
  });
});
