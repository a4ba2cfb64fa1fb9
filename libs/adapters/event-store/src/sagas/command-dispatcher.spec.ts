import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '@kernel/refusal.js';
import { eventually } from '@testing/eventually.js';
import type { Delivery, Fate } from './command-batch.js';
import { CommandDispatcher } from './command-dispatcher.js';
import type { ClaimedCommand, CommandQueue, PutBack } from './command-queue.js';
import type { Inbox } from './inbox.js';

const ATTEMPTS = 3;
const away = new Refusal('database.unavailable', 'unavailable', 'The database does not answer: try again shortly');

/** A queue whose database answers claims, and everything else only while it is told to: as one that comes and goes. */
class FlappingQueue {
  attempts = 0;
  /** How many words in a row go unheard before one is heard; all of them where it is never to come back. */
  unheard = Infinity;
  private words = 0;
  parked = false;
  readonly said: string[] = [];

  async claim(): Promise<ClaimedCommand[]> {
    await sleep(1);
    this.said.push('claim');
    if (this.parked) return [];
    this.attempts += 1;
    const command = { id: 'c-1', name: 'Charge', data: null, saga: { context: 'ordering', name: 's', id: '1' } };
    return [{ seq: 1, target: 'ordering', command, text: 'null', attempts: this.attempts } as never];
  }

  async putBack([row]: readonly PutBack[]): Promise<void> {
    if (!row) return;
    if (++this.words % (this.unheard + 1) !== 0) throw away;
    this.said.push('put back');
    if (row.attempts === this.attempts) [this.attempts, this.parked] = [row.counted!, row.inMs === null];
  }

  async finish(): Promise<void> {
    return undefined;
  }

  async release(): Promise<void> {
    return undefined;
  }
}

/** What commands come to while the payment service, or the database itself, is away. */
const inbox = {
  asks: () => [],
  carryOut: async (_context: string, deliveries: readonly Delivery[]) =>
    new Map<string, Fate>(deliveries.map(({ command }) => [command.id, { error: away }])),
};

describe('commands while the database comes and goes', () => {
  const dispatch = (queue: FlappingQueue): CommandDispatcher =>
    new CommandDispatcher(queue as unknown as CommandQueue, inbox as unknown as Inbox, {
      targets: ['ordering'],
      batch: 10,
      asking: 1,
      rest: 0,
      idleMs: 1,
      patienceMs: 1,
      attempts: ATTEMPTS,
      retryMs: { first: 0, longest: 0 },
      onError: () => undefined,
    });

  it('are claimed again only once the database knows what became of those before', async () => {
    const queue = new FlappingQueue();
    const dispatcher = dispatch(queue);
    dispatcher.start();
    await eventually(() => expect(queue.said).toEqual(['claim']));
    queue.unheard = 0;
    await eventually(() => expect(queue.said.slice(0, 3)).toEqual(['claim', 'put back', 'claim']));
    await dispatcher.stop();
  });

  it('are never parked for it, however often it goes away', async () => {
    const queue = new FlappingQueue();
    const dispatcher = dispatch(queue);
    queue.unheard = 3;
    dispatcher.start();
    await eventually(() => expect(queue.said.filter((word) => word === 'claim').length).toBeGreaterThan(3 * ATTEMPTS), 30_000);
    await dispatcher.stop();
    expect(queue.parked).toBe(false);
  });
});

describe('claims', () => {
  const OPTIONS = {
    targets: ['ordering'],
    batch: 2,
    asking: 1,
    rest: 0,
    idleMs: 60_000,
    patienceMs: 1,
    attempts: ATTEMPTS,
    retryMs: { first: 0, longest: 0 },
  };

  /** A dispatcher over a queue of so many commands, and an inbox that is at each batch until it is told to be done. */
  function at(count: number) {
    const waiting = Array.from({ length: count }, (_, index) => `c-${index}`);
    const claims: number[] = [];
    const done: (() => void)[] = [];
    const queue = {
      claim: async ({ others }: { others: number }) => {
        const ids = waiting.splice(0, others);
        claims.push(ids.length);
        return ids.map((id, seq) => ({ seq, target: 'ordering', command: { id, name: 'Confirm' }, text: 'null', attempts: 1 }));
      },
      finish: async () => undefined,
      putBack: async () => undefined,
      release: async () => undefined,
    };
    const carrying = {
      asks: () => [],
      unreadable: () => null,
      carryOut: async (_context: string, deliveries: readonly Delivery[]) => {
        await new Promise<void>((resolve) => done.push(resolve));
        return new Map<string, Fate>(deliveries.map(({ command }) => [command.id, 'accepted']));
      },
    };
    const parts = [queue as unknown as CommandQueue, carrying as unknown as Inbox] as const;
    const dispatcher = new CommandDispatcher(...parts, { ...OPTIONS, onError: () => undefined });
    dispatcher.start();
    return { dispatcher, waiting, claims, done: () => done.shift()!(), isAt: () => eventually(() => expect(done).toHaveLength(1)) };
  }

  it('are not made again after a batch that left nothing behind, until there is word of more', async () => {
    const { dispatcher, waiting, claims, done, isAt } = at(1);
    await isAt();
    done();
    await sleep(20);
    expect(claims).toEqual([1]);
    waiting.push('c-new');
    dispatcher.poke();
    await isAt();
    expect(claims).toEqual([1, 1]);
    done();
    await dispatcher.stop();
  });

  it('are made again after a full batch', async () => {
    const { dispatcher, claims, done, isAt } = at(3);
    await isAt();
    done();
    await isAt();
    expect(claims).toEqual([2, 1]);
    done();
    await dispatcher.stop();
  });
});
