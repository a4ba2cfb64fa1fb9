import type { CommandTransport } from '@kernel/ports/command-transport.js';
import { eventually } from '@testing/eventually.js';
import { CommandSender } from './command-sender.js';
import type { CommandQueue } from './command-queue.js';

it('ends in bounded time where the transport hangs, and forgets nothing of what it has not heard of', async () => {
  const told: string[] = [];
  const command = { id: 'c-1', name: 'Reserve', data: {}, saga: { context: 'ordering', name: 'errand', id: 'e-1' } };
  let claims = 0;
  const outbox = {
    claim: async () => (claims++ === 0 ? [{ seq: 1, target: 'catalog', command, text: '{}', attempts: 1 }] : []),
    finish: async () => void told.push('finished'),
    putBack: async () => void told.push('put back'),
  } as unknown as CommandQueue;
  let isSending = false;
  const transport = { send: () => ((isSending = true), new Promise<void>(() => undefined)) } as unknown as CommandTransport;
  const options = { batch: 10, rest: 0, idleMs: 5, retryMs: { first: 5, longest: 5 }, attempts: 3, targets: ['catalog'], stopMs: 50 };
  const sender = new CommandSender(outbox, transport, { ...options, onError: (error) => told.push(String(error)) });
  sender.start();
  await eventually(() => expect(isSending).toBe(true));
  await sender.stop();
  expect(told).toEqual([]);
}, 5_000);
