import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import { toProblem } from '@adapters/runtime/src/http/problem.js';
import { Refusal } from '@kernel/refusal.js';
import { Logger } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import { RpcClient } from './rpc-client.js';
import { PATTERN, QUESTION, sign } from './rpc-message.js';
import { RpcServer } from './rpc-server.js';

const SECRET = 'a secret of at least thirty-two characters';
const scope = new AsyncRequestContext();
const ending: (() => unknown)[] = [];
beforeAll(() => Logger.overrideLogger(false));
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function server(name: string, { secret = SECRET, previousSecret = undefined as string | undefined, port = 0 } = {}) {
  const made = new RpcServer({ host: '127.0.0.1', port, secret, previousSecret, scope });
  made.answer<{ n: number }>('double', ({ n }) => ({ n: 2 * n, by: name }));
  made.answer('refuse', () => {
    throw new Refusal('catalog.product-unknown', 'not-found', 'There is no such product', { sku: 'A' });
  });
  made.answer('break', () => {
    throw new Error('password=hunter2');
  });
  made.answer('who', () => scope.current());
  const listening = await made.start();
  ending.push(() => made.stop());
  return { made, address: `127.0.0.1:${listening}`, port: listening };
}

function client(addresses: string[], { secret = SECRET, previousSecret = undefined as string | undefined, timeoutMs = 2_000 } = {}) {
  const breakers = new PolicyBreakers();
  const made = new RpcClient({ service: 'catalog', addresses, secret, previousSecret, timeoutMs, breakers, scope });
  ending.push(
    () => made.close(),
    () => breakers.stop(),
  );
  return made;
}

/** A port that takes connections and says nothing. */
async function silence(): Promise<string> {
  const sockets = new Set<Socket>();
  const silent: Server = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  ending.push(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  return `127.0.0.1:${(silent.address() as AddressInfo).port}`;
}

const UNAVAILABLE = { code: 'service.unavailable', kind: 'unavailable', details: { service: 'catalog' } };

it('answers what is asked', async () => {
  const { address } = await server('one');
  expect(await client([address]).call('double', { n: 21 })).toEqual({ n: 42, by: 'one' });
});

it('answers many calls at once over one connection, each its own', async () => {
  const { address } = await server('one');
  const asking = client([address], { timeoutMs: 20_000 });
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => asking.call<{ n: number }>('double', { n })));
  expect(answers.map(({ n }) => n)).toEqual(Array.from({ length: 200 }, (_, n) => 2 * n));
});

it('gives a refusal as the service gave it', async () => {
  const { address } = await server('one');
  await expect(client([address]).call('refuse')).rejects.toMatchObject({ code: 'catalog.product-unknown', kind: 'not-found', details: { sku: 'A' } });
});

it('tells in whose name it asks', async () => {
  const { address } = await server('one');
  const principal = { id: 'ada', roles: ['customer'], permissions: ['orders:create'], sessionId: 's' };
  const asked = { ...scope.current(), principal, correlationId: 'c-1', causationId: 'c-0', actor: 'ada' };
  const heard = await scope.run(asked, () => client([address]).call('who'));
  expect(heard).toMatchObject({ principal, correlationId: 'c-1', causationId: 'c-0', actor: 'ada', idempotency: null, expectedVersion: null });
});

it('refuses a caller with another secret, and says nothing of what went wrong inside', async () => {
  const { address } = await server('one');
  await expect(client([address], { secret: `${SECRET}!` }).call('double', { n: 1 })).rejects.toMatchObject(UNAVAILABLE);
  await expect(client([address]).call('break')).rejects.toMatchObject(UNAVAILABLE);
  await expect(client([address]).call('no-such-method')).rejects.toMatchObject(UNAVAILABLE);
});

it('is answered by one that has another secret while each believes the other’s', async () => {
  const { address } = await server('one', { secret: `${SECRET}!`, previousSecret: SECRET });
  expect(await client([address], { previousSecret: `${SECRET}!` }).call('double', { n: 1 })).toEqual({ n: 2, by: 'one' });
  await expect(client([address]).call('double', { n: 1 })).rejects.toMatchObject(UNAVAILABLE);
});

it('believes no answer of a server that does not have the secret', async () => {
  const { ServerTCP } = await import('@nestjs/microservices');
  const forger = new ServerTCP({ host: '127.0.0.1', port: 0 });
  forger.addHandler('nebulocart.call', async () => ({ text: '{"ok":{"n":42}}', mac: 'AAAA' }));
  await new Promise<void>((resolve) => forger.listen(() => resolve()));
  ending.push(() => forger.close());
  const { port } = forger.unwrap<Server>().address() as AddressInfo;
  await expect(client([`127.0.0.1:${port}`]).call('double', { n: 21 })).rejects.toMatchObject(UNAVAILABLE);
});

it('is unavailable while the service is away, which is 503 at the edge, and answers again once it is back', async () => {
  const { made, address, port } = await server('one');
  const asking = client([address]);
  expect(await asking.call('double', { n: 1 })).toEqual({ n: 2, by: 'one' });
  await made.stop();
  const refusal: unknown = await asking.call('double', { n: 1 }).catch((error: unknown) => error);
  expect(refusal).toMatchObject(UNAVAILABLE);
  expect(toProblem(refusal, '/')).toMatchObject({ status: 503, code: 'service.unavailable' });
  await server('again', { port });
  expect(await asking.call('double', { n: 1 })).toEqual({ n: 2, by: 'again' });
});

it('stops asking an address that failed again and again, for a while', async () => {
  const { made, address, port } = await server('one');
  await made.stop();
  const asking = client([address]);
  for (let attempt = 0; attempt < 3; attempt++) await expect(asking.call('double', { n: 1 })).rejects.toMatchObject(UNAVAILABLE);
  await server('again', { port });
  // The transport lets go of a refused connection in the loop's next turn; from then on it would answer, were it asked.
  await turn();
  await turn();
  await expect(asking.call('double', { n: 1 })).rejects.toMatchObject(UNAVAILABLE);
});

it('does not wait longer than its time for a server that says nothing', async () => {
  const asking = client([await silence()], { timeoutMs: 50 });
  await expect(asking.call('double', { n: 1 })).rejects.toMatchObject(UNAVAILABLE);
});

it('asks the next address where one is away or silent', async () => {
  const [away, silent, there] = [await server('away'), await silence(), await server('there')];
  await away.made.stop();
  const asking = client([away.address, silent, there.address], { timeoutMs: 100 });
  for (let attempt = 0; attempt < 6; attempt++) expect(await asking.call('double', { n: 2 })).toEqual({ n: 4, by: 'there' });
});

it('shares its calls among the servers that there are', async () => {
  const [one, other] = [await server('one'), await server('other')];
  const asking = client([one.address, other.address]);
  const by = await Promise.all(Array.from({ length: 10 }, async (_, n) => (await asking.call<{ by: string }>('double', { n })).by));
  expect(by.filter((name) => name === 'one')).toHaveLength(5);
});

it('answers what is in hand before it stops', async () => {
  const { made, address } = await server('one');
  let release: (value: string) => void = () => undefined;
  const begun = new Promise<void>((begin) => {
    made.answer('wait', () => (begin(), new Promise<string>((resolve) => (release = resolve))));
  });
  const asking = client([address]);
  const answer = asking.call('wait');
  await begun;
  let isStopped = false;
  const stopped = made.stop().then(() => (isStopped = true));
  // Long enough for a server that does not wait to be gone.
  await Promise.race([stopped, pause(100)]);
  expect(isStopped).toBe(false);
  await expect(asking.call('double', { n: 1 })).rejects.toMatchObject(UNAVAILABLE);
  release('done');
  expect(await answer).toBe('done');
  await stopped;
});

it('tells once of those who send what is no call, and not in their words', async () => {
  const { port, address } = await server('one');
  const lines: unknown[] = [];
  const write = (...line: unknown[]): void => void lines.push(line);
  Logger.overrideLogger({ log: write, error: write, warn: write });
  ending.push(() => Logger.overrideLogger(false));
  const frame = (text: string): string => `${text.length}#${text}`;
  for (const bytes of [frame('{"pattern":"hunter2","data":1}').repeat(5), 'x#y', frame('hunter2')]) {
    const socket = connect(port, '127.0.0.1').resume();
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.end(bytes).once('close', () => resolve()));
  }
  expect(await client([address]).call('double', { n: 1 })).toEqual({ n: 2, by: 'one' });
  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});

it('does not answer a call that was recorded long ago, and forgives two clocks that are five minutes wrong', async () => {
  const { ClientTCP } = await import('@nestjs/microservices');
  const { port } = await server('one');
  const replayer = new ClientTCP({ host: '127.0.0.1', port });
  ending.push(() => replayer.close());
  const call = { method: 'double', args: { n: 1 }, scope: {}, nonce: 'n', sentAt: Date.now() - 12 * 60_000 };
  const replay = (sentAt: number) => lastValueFrom(replayer.send<object>(PATTERN, sign(SECRET, QUESTION, JSON.stringify({ ...call, sentAt }))));
  expect(await replay(call.sentAt)).toEqual({ denied: expect.stringContaining('compare the clocks') as string });
  for (const wrong of [-10, 0, 10]) expect(await replay(Date.now() + wrong * 60_000)).toHaveProperty('mac');
});

it('keeps little of what a stranger sends, and takes large questions from those who have the secret', async () => {
  const { made, address, port } = await server('one');
  made.answer<{ text: string }>('length', ({ text }) => text.length);
  const stranger = connect(port, '127.0.0.1');
  ending.push(() => stranger.destroy());
  stranger.on('error', () => undefined);
  // Of a message of 20 MB, which nobody will ever sign.
  stranger.write('20000000#');
  const sent = setInterval(() => stranger.write('x'.repeat(64 * 1024)), 1);
  await once(stranger, 'close').finally(() => clearInterval(sent));
  expect(stranger.bytesWritten).toBeLessThan(10_000_000);

  const asking = client([address]);
  expect(await asking.call('length', { text: 'x'.repeat(9_000_000) })).toBe(9_000_000);
  // By a connection that is known already, and several at once.
  expect(await Promise.all([2, 3].map((n) => asking.call('length', { text: 'x'.repeat(n * 1_000_000) })))).toEqual([2_000_000, 3_000_000]);
});
