import type { TravellingCommand } from '@kernel/ports/command-transport.js';
import { eventually } from '@testing/eventually.js';
import { errandHandlers } from '@testing/errand.js';
import { testSagas, type TestSagas } from '@testing/sagas.js';
import { keepCommands } from './command-inbox.js';
import { Inbox } from './inbox.js';
import { carryOutLeftCommands } from './left-commands.js';

let test: TestSagas;
beforeEach(async () => void (test = await testSagas()));
afterEach(() => test.close());

const catalog = () => test.databases.get('catalog');
const carryOut = async () => {
  const inbox = new Inbox(test.stores, test.registry);
  for (const handler of errandHandlers(test.aggregates, test.world)) inbox.register(handler);
  return carryOutLeftCommands({ databases: [catalog()], inbox, onError: (error) => test.errors.push(error) });
};
const command: TravellingCommand = {
  id: 'saga-errand-e-1/1.1',
  source: 'ordering',
  saga: 'errand',
  sagaId: 'e-1',
  target: 'catalog',
  name: 'RaiseTally',
  data: JSON.stringify({ tally: 'tally', errandId: 'e-1', by: 1 }),
  actor: null,
  correlationId: '01890a5d-ac96-774b-bcce-b302099a8057',
  causationId: null,
  traceparent: null,
};

it('carries out what services of their own left in an inbox, once', async () => {
  await keepCommands(catalog(), [command]);
  const work = await carryOut();
  expect(work.commands).toBe(1);
  await eventually(async () => expect(await test.count('catalog.command_inbox')).toBe(0));
  await work.stop();
  expect(await test.stores.store('catalog').read('tally-tally')).toHaveLength(1);
  const again = await carryOut();
  expect(again.commands).toBe(0);
  await again.stop();
});
