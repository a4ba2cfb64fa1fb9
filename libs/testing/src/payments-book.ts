import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { paymentsSimulatorMigrations } from '@migrations/postgres/src/payments-simulator/index.js';
import { testDatabase } from './postgres.js';

/** A book of the simulated payment service, on a database of its own. */
export interface TestBook {
  readonly database: ContextDatabase;
  close(): Promise<void>;
}

export async function testBook(): Promise<TestBook> {
  const server = await testDatabase();
  const database = await ContextDatabase.connect({ context: 'payments_simulator', url: server.url, migrations: paymentsSimulatorMigrations });
  await database.migrate();
  return {
    database,
    close: async () => {
      await database.close();
      await server.drop();
    },
  };
}

/** A request that a listener got. */
export interface Received {
  readonly body: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A shop's address for callbacks. */
export interface TestListener {
  readonly url: string;
  readonly received: Received[];
  /** How many askers hung up before they were answered. */
  abandoned: number;
  /** What it answers each request with; by default 204 at once. What it redirects, it redirects to itself. */
  answer: (received: Received) => number | Promise<number>;
  close(): Promise<void>;
}

/** Listens for callbacks on a port of its own. */
export async function testListener(): Promise<TestListener> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', async () => {
      const received = { body, headers: request.headers as Received['headers'] };
      listener.received.push(received);
      response.on('close', () => (listener.abandoned += response.writableEnded ? 0 : 1));
      response.writeHead(await listener.answer(received), { location: listener.url }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const listener: TestListener = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks`,
    received: [],
    abandoned: 0,
    answer: () => 204,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return listener;
}
