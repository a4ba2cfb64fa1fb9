import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { within } from './within.js';

const standStill = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

describe('waiting for Redis', () => {
  it('gives what it answers, also an error', async () => {
    expect(await within(1_000, Promise.resolve(1))).toBe(1);
    await expect(within(1_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('ends', async () => {
    await expect(within(20, new Promise(() => undefined))).rejects.toThrow('Redis did not answer in time');
  });

  it('does not blame it for what kept this process from reading its answer', async () => {
    const server = createServer((socket) => socket.on('data', (data) => socket.write(data))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    const answered = within(
      100,
      once(socket, 'data').then(([data]) => String(data)),
    );
    socket.write('PING');
    standStill(300);
    expect(await answered).toBe('PING');
    socket.destroy();
    server.close();
  });
});
