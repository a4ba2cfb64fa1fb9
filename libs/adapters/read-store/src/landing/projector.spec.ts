import { Refusal } from '@kernel/refusal.js';
import { Gate } from './gate.js';
import type { Intents } from './intents.js';
import { Projector, type ProjectorParts } from './projector.js';

const LOST = new Error('Connection terminated unexpectedly');
const isAway = (error: unknown): boolean => error === LOST;

/** A projector of no context, whose generations fail to start with each of these errors in turn. */
function projector(...failures: Error[]): { start(): Promise<void>; tries(): number } {
  let tries = 0;
  const nothing = (): Promise<unknown[]> => Promise.resolve([]);
  const parts = {
    stores: { contexts: () => [] },
    clickhouse: { maintenance: { run: nothing, rows: nothing } },
    auditor: { tidy: nothing },
    gate: { whileClosed: nothing },
    generations: {
      start: () => {
        tries += 1;
        const failure = failures.shift();
        return failure ? Promise.reject(failure) : Promise.resolve();
      },
    },
  } as unknown as ProjectorParts;
  const made = new Projector(parts, { soleOwner: false, isAway });
  return { start: () => made.start(), tries: () => tries };
}

describe('a projector that starts beside others', () => {
  it('waits for an engine that goes away while generations are made, instead of ending', async () => {
    const away = new Refusal('landing.not-at-rest', 'unavailable', 'landing did not come to rest');
    const starting = projector(LOST, away);
    await starting.start();
    expect(starting.tries()).toBe(3);
  });

  it('ends with whatever else fails', async () => {
    const starting = projector(new Error('generation of sales is not what its SQL makes of the ledger'));
    await expect(starting.start()).rejects.toThrow('is not what its SQL makes');
    expect(starting.tries()).toBe(1);
  });
});

it('a gate behind which landing does not come to rest is opened again, and says so as an engine’s absence', async () => {
  const statements: string[] = [];
  const database = {
    query: <Row extends object>({ text }: { text: string }): Promise<Row[]> => {
      statements.push(text);
      return Promise.resolve([{}] as Row[]);
    },
  };
  const intents = { openIntents: () => Promise.resolve([{}]) } as unknown as Intents;
  const closed = new Gate(database, intents, 0).whileClosed(() => Promise.resolve());
  await expect(closed).rejects.toMatchObject({ code: 'landing.not-at-rest', kind: 'unavailable' });
  expect(statements.at(-1)).toContain('SET holder = NULL');
});
