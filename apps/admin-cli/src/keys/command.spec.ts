import { Command } from 'commander';
import type { Config } from '@adapters/runtime/src/config.js';
import { FakeImportServer, json } from '../../../../test/support/fake-import-server.js';
import { addKeysRotate } from './command.js';

const rotation = { kid: 'new', signsFrom: '2026-11-01T10:01:30.000Z', replaced: [{ kid: 'old', verifyUntil: '2026-11-01T10:17:30.000Z' }] };

let server: FakeImportServer;
let asked: string[];
let answer: [status: number, body: object];
beforeEach(() => {
  server = new FakeImportServer();
  [asked, answer] = [[], [200, rotation]];
  server.interfere = ({ method, url }, response) => {
    if (url !== '/api/v1/admin/signing-keys/rotate') return false;
    asked.push(`${method} ${url}`);
    json(response, ...answer);
    return true;
  };
  return server.start();
});
afterEach(() => server.stop());

async function run(...args: string[]): Promise<string[]> {
  const printed: string[] = [];
  const program = new Command();
  addKeysRotate(program, {
    config: { adminEmail: 'a@b.c', adminPassword: 'right', port: 3000 } as Config,
    directory: '/',
    print: (line) => printed.push(line),
    complain: () => undefined,
    exit: () => undefined,
  });
  await program.parseAsync(['keys:rotate', '--url', server.url, ...args], { from: 'user' });
  return printed;
}

it('rotates once and says which key signs from when on, and how long the others verify', async () => {
  expect(await run()).toEqual(['Key new is published and signs from 2026-11-01T10:01:30.000Z on.\nKey old verifies until 2026-11-01T10:17:30.000Z.']);
  expect(asked).toEqual(['POST /api/v1/admin/signing-keys/rotate']);
});

it('prints what the server answered', async () => expect(JSON.parse((await run('--json')).at(-1)!)).toEqual(rotation));

it('says why nothing was done, and does not ask again', async () => {
  answer = [409, { detail: 'wait for that' }];
  await expect(run()).rejects.toThrow('The keys were not rotated: wait for that.');
  answer = [503, {}];
  await expect(run()).rejects.toThrow('No good answer');
  expect(asked).toHaveLength(2);
});
