import type { BusMessage, EventBus, SubscribeOptions } from '@kernel/ports/event-bus.js';
import { StaleCheckpoint } from '@kernel/ports/event-store.js';
import type { CheckpointMove } from '@kernel/ports/saga-writes.js';
import { Refusal } from '@kernel/refusal.js';
import type { SagaDefinitions } from './saga-definitions.js';
import { SagaRunner } from './saga-runner.js';
import type { SagaSteps } from './saga-steps.js';
import type { SagaStore } from './saga-store.js';

const PARTITIONS = 4;

/** What another runner, or somebody at the database, makes of the checkpoints before they are looked at again. */
type Meddling = (stored: Map<number, number>) => void;

/** A runner of one context whose checkpoints, by partition, are in memory; sagas are told of by odd positions alone. */
async function running(stored: [number, number][] = []) {
  const checkpoints = new Map(stored);
  const handled: { positions: number[]; moves: [partition: number, from: number, to: number][] }[] = [];
  const meddling: Meddling[] = [];
  const failing = new Set<number>();
  const tried: number[][] = [];
  let options!: SubscribeOptions;
  const move = (moves: readonly CheckpointMove[]): void => {
    meddling.shift()?.(checkpoints);
    if (moves.some(({ partition, from }) => (checkpoints.get(partition) ?? 0) !== from)) throw new StaleCheckpoint('another was faster');
    for (const { partition, to } of moves) checkpoints.set(partition, to);
  };
  const steps = {
    handle: async (messages: readonly { position: number }[], { checkpoints: moves = [] }: { checkpoints?: readonly CheckpointMove[] }) => {
      if (messages.length === 0) return { isEmpty: true };
      const positions = messages.map(({ position }) => position);
      tried.push(positions);
      const bad = positions.find((position) => failing.has(position));
      if (bad !== undefined) throw new Error(`${bad} cannot be stored`);
      move(moves);
      handled.push({ positions, moves: moves.map(({ partition, from, to }) => [partition, from, to]) });
      return { isEmpty: false };
    },
  };
  const store = {
    context: 'ordering',
    checkpoint: async ({ partition }: { partition: number }) => checkpoints.get(partition) ?? 0,
    write: async (_plan: unknown, moves: readonly CheckpointMove[]) => move(moves),
  };
  const definitions = {
    contexts: () => ['ordering'],
    address: ({ id }: { id: string }) => [{ position: Number(id) }].filter(({ position }) => position % 2 === 1),
  };
  const bus = {
    partitions: () => PARTITIONS,
    subscribe: async (given: SubscribeOptions) => ((options = given), { close: async () => undefined }),
  };
  const parts = [definitions, store, steps, bus].map((part) => part as unknown) as [SagaDefinitions, SagaStore, SagaSteps, EventBus];
  await new SagaRunner(...parts, { calm: 0, hurried: 0 }).start();
  for (let partition = 0; partition < PARTITIONS; partition++) await options.from(partition);
  return {
    handled,
    tried,
    failing,
    checkpoints,
    meddling,
    deliver: (...events: [partition: number, position: number][]) => options.onBatch(events.map(message)),
  };
}

const message = ([partition, position]: [number, number]): BusMessage =>
  ({ partition, event: { position, id: String(position), data: '{}', type: 'ordering.Told', version: 1 } }) as unknown as BusMessage;

describe('the runner of sagas', () => {
  it('takes what several partitions bring in one go, with a checkpoint of each that has anything for a saga', async () => {
    const { handled, deliver } = await running([[2, 4]]);
    await deliver([0, 1], [2, 5], [0, 3], [1, 8]);
    expect(handled).toEqual([
      {
        positions: [1, 3, 5],
        moves: [
          [0, 0, 3],
          [2, 4, 5],
        ],
      },
    ]);
    await deliver([1, 9]);
    expect(handled[1]).toEqual({ positions: [9], moves: [[1, 0, 9]] });
  });

  it('leaves out what another runner did meanwhile, and does the rest', async () => {
    const { handled, meddling, deliver } = await running();
    meddling.push((stored) => stored.set(1, 7));
    await deliver([0, 1], [1, 5], [1, 7]);
    expect(handled).toEqual([{ positions: [1], moves: [[0, 0, 1]] }]);
  });

  it('has the bus begin again where a checkpoint was taken back, whatever became of the others', async () => {
    const { handled, meddling, deliver } = await running([[1, 4]]);
    meddling.push((stored) => stored.set(1, 2).set(0, 1));
    await expect(deliver([0, 1], [1, 5])).rejects.toBeInstanceOf(StaleCheckpoint);
    expect(handled).toEqual([]);
  });

  it('stores what it can of the other partitions where that of one cannot be stored', async () => {
    const { handled, failing, deliver } = await running();
    failing.add(5);
    await expect(deliver([0, 1], [1, 5], [2, 7])).rejects.toThrow('5 cannot be stored');
    expect(handled.map(({ positions }) => positions)).toEqual([[1], [7]]);
    failing.clear();
    await deliver([1, 5]);
    expect(handled.at(-1)).toEqual({ positions: [5], moves: [[1, 0, 5]] });
  });

  it('does not try partition by partition while the database is away', async () => {
    const { tried, meddling, deliver } = await running();
    const away = new Refusal('database.unavailable', 'unavailable', 'The database does not answer: try again shortly');
    meddling.push(() => {
      throw away;
    });
    await expect(deliver([0, 1], [1, 5])).rejects.toBe(away);
    expect(tried).toEqual([[1, 5]]);
  });

  it('moves the checkpoint of a partition that has nothing for any saga now and then', async () => {
    const { handled, checkpoints, deliver } = await running();
    await deliver([0, 1_998], [1, 2]);
    expect(checkpoints.size).toBe(0);
    await deliver([0, 2_000], [1, 4]);
    expect([...checkpoints]).toEqual([[0, 2_000]]);
    expect(handled).toEqual([]);
  });
});
