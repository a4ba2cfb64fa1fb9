import { Command } from 'commander';
import type { Config } from '@adapters/runtime/src/config.js';
import { FakeImportServer, json } from '../../../../test/support/fake-import-server.js';
import { addDeadLetters } from './command.js';

const letter = {
  id: 'saga-message-7',
  context: 'ordering',
  kind: 'saga-message',
  type: 'ordering.OrderPlaced',
  subject: 'fulfilment/o-1',
  state: 'parked',
  reason: 'poison\u001b[2J',
  parkedAt: '2026-11-21T10:00:00.000Z',
};
const detail = { ...letter, messageId: 'm-1', data: '{"n":1}', encoding: 'text', headers: { who: 'x' }, attempts: 3, behind: 2 };

let server: FakeImportServer;
let asked: string[];
let keys: (string | string[] | undefined)[];
let answer: [status: number, body: object];
let exits: number[];
beforeEach(() => {
  server = new FakeImportServer();
  [asked, keys, exits, answer] = [[], [], [], [200, {}]];
  server.interfere = ({ method, url, headers }, response) => {
    if (!url!.startsWith('/api/v1/dead-letters')) return false;
    asked.push(`${method} ${url!.slice('/api/v1/dead-letters'.length)}`);
    keys.push(headers['idempotency-key']);
    json(response, ...answer);
    return true;
  };
  return server.start();
});
afterEach(() => server.stop());

async function run(...args: string[]): Promise<string[]> {
  const printed: string[] = [];
  const program = new Command().exitOverride();
  program.configureOutput({ writeErr: () => undefined });
  addDeadLetters(program, {
    config: { adminEmail: 'a@b.c', adminPassword: 'right', port: 3000 } as Config,
    directory: '/',
    print: (line) => printed.push(line),
    complain: () => undefined,
    exit: (code) => exits.push(code),
  });
  for (const command of program.commands[0]!.commands) command.exitOverride().configureOutput({ writeErr: () => undefined });
  await program.parseAsync(['dead-letters', ...args, '--url', server.url], { from: 'user' });
  return printed;
}

it('lists what is asked for, with nothing in it that a terminal would obey', async () => {
  answer = [200, { items: [letter, { ...letter, id: 'saga-message-8', state: 'held' }], next: 'n' }];
  expect(await run('list', 'ordering', '--kind', 'saga-message', '--held', '--limit', '2')).toEqual([
    'saga-message-7  ordering.OrderPlaced  fulfilment/o-1  2026-11-21T10:00:00.000Z  poison\uFFFD[2J',
    'saga-message-8  held  ordering.OrderPlaced  fulfilment/o-1  2026-11-21T10:00:00.000Z  poison\uFFFD[2J',
    'There are more: --after n',
  ]);
  expect(asked).toEqual(['GET /ordering?limit=2&kind=saga-message&state=held']);
  answer = [200, { items: [] }];
  await run('list', 'ordering', '--after', 'n');
  expect(asked.at(-1)).toBe('GET /ordering?limit=50&cursor=n');
  expect(await run('list', 'ordering')).toEqual(['ordering has no such dead letters.']);
  expect(JSON.parse((await run('list', 'ordering', '--json')).at(-1)!)).toEqual({ items: [] });
  await expect(run('list', 'ordering', '--limit', '201')).rejects.toThrow('1 to 200');
});

it('shows one', async () => {
  answer = [200, detail];
  expect((await run('show', 'ordering', 'saga-message-7'))[0]!.split('\n').slice(1)).toEqual([
    'id: m-1',
    'deliveries: 3',
    'waiting behind it: 2',
    'who: x',
    '{"n":1}',
  ]);
  answer = [200, { ...detail, messageId: null, attempts: null, behind: 0, headers: {}, data: '/wA=', encoding: 'base64' }];
  expect((await run('show', 'ordering', 'a/b'))[0]!.split('\n').slice(1)).toEqual(['base64: /wA=']);
  expect(asked.at(-1)).toBe('GET /ordering/a%2Fb');
  expect(JSON.parse((await run('show', 'ordering', 'x', '--json')).at(-1)!)).toMatchObject({ data: '/wA=' });
});

it.each([
  ['handled', undefined, 'saga-message-7 is handled', []],
  ['queued', undefined, 'saga-message-7 is due now', []],
  ['parked', 'poison', 'saga-message-7 is parked again: poison.', [1]],
])('retries one: %s', async (outcome, reason, words, codes) => {
  answer = [200, { id: letter.id, outcome, reason }];
  expect((await run('retry', 'ordering', letter.id))[0]).toContain(words);
  expect([asked, exits]).toEqual([['POST /ordering/saga-message-7/retry'], codes]);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
});

it('discards one, for a reason', async () => {
  answer = [200, { id: letter.id, discardedBy: 'u-1', reason: 'noise' }];
  expect(await run('discard', 'ordering', letter.id, '--reason', 'noise')).toEqual(['saga-message-7 is discarded: noise.']);
  await expect(run('discard', 'ordering', letter.id)).rejects.toThrow('--reason');
  expect(asked).toEqual(['POST /ordering/saga-message-7/discard']);
});

it('says why nothing was done', async () => {
  answer = [409, { detail: 'it waits behind another' }];
  await expect(run('retry', 'ordering', letter.id)).rejects.toThrow('Nothing was done: it waits behind another.');
});
