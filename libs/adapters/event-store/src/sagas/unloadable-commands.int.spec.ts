import type { InboxCommand } from '@kernel/ports/command-inbox.js';
import { MemoryCommands } from '@testing/memory-commands.js';
import { testSagas, type TestSagas } from '@testing/sagas.js';

/** A text that no table of Postgres takes: what the command is about cannot even be looked up. */
const NUL = 'a\0b';

let test: TestSagas;
beforeEach(async () => void (test = await testSagas()));
afterEach(() => test.close());

const commandsOf = (name: string): InboxCommand[] =>
  ['one', NUL, 'two', 'three'].map((tally, n) => ({
    id: `c-${n}`,
    name,
    data: { errandId: `e-${n}`, tally },
    saga: { context: 'ordering', name: 'errand', id: `e-${n}` },
    actor: null,
    correlationId: '01890a5d-ac96-774b-bcce-b302099a8057',
    causationId: null,
    traceparent: null,
  }));
const error = expect.objectContaining({ error: expect.anything() as unknown }) as unknown;

it('fails alone where a command is about what cannot be looked up', async () => {
  const { inbox } = test.reception(new MemoryCommands());
  const deliveries = commandsOf('RaiseTally').map((command) => ({ command, attempts: 1, answer: { fact: undefined } }));
  const fates = await inbox.carryOut('catalog', deliveries);
  expect(['c-0', 'c-1', 'c-2', 'c-3'].map((id) => fates.get(id))).toEqual(['accepted', error, 'accepted', 'accepted']);
});

it('alone is not asked about', async () => {
  test.world.ask = async () => 1;
  const { inbox } = test.reception(new MemoryCommands());
  const answers = new Map<string, unknown>();
  await inbox.ask('catalog', commandsOf('AskForTally'), 1_000, ({ id }, answer) => void answers.set(id, answer));
  expect(['c-0', 'c-1', 'c-2', 'c-3'].map((id) => answers.get(id))).toEqual([{ fact: 1 }, error, { fact: 1 }, { fact: 1 }]);
});
