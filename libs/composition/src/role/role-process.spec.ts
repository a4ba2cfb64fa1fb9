import { createServer } from 'node:http';
import { Readiness } from '@adapters/runtime/src/health/readiness.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RoleConfig } from '../config/role-sections.js';
import { RoleProcess } from './role-process.js';
import type { Role, RunningRole } from './role.js';

const CONFIG: RoleConfig = {
  port: 0,
  host: '127.0.0.1',
  logLevel: 'silent',
  logFormat: 'json',
  redisUrl: undefined,
  otlpEndpoint: undefined,
  shutdownDelayMs: 0,
  shutdownTimeoutMs: 1_000,
};

/** A process of a role that does nothing but what a test has it do. @returns the code that it ends with */
function ended(running: () => Partial<RunningRole>, stop: () => unknown): Promise<number> {
  const before = Object.fromEntries(ENDINGS.map((event) => [event, new Set(process.listeners(event as 'SIGTERM'))]));
  const server = createServer();
  const app = {
    getHttpServer: () => server,
    listen: (port: number, host: string) => new Promise<void>((resolve) => server.listen(port, host, resolve)),
    get: () => new Readiness([], null),
  } as unknown as NestFastifyApplication;
  const role: Role<RoleConfig> = {
    name: 'idle',
    read: () => CONFIG,
    load: async () => ({ start: async ({ shutdown }) => (shutdown.add('the work', stop), { app, ...running() }), migrate: async () => undefined }),
  };
  return new Promise((resolve, reject) => {
    // To the end of the spec: who has ended already may say so once more.
    process.exit = ((code: number) => {
      for (const event of ENDINGS)
        for (const listener of process.listeners(event as 'SIGTERM')) if (!before[event]!.has(listener)) process.removeListener(event, listener);
      server.close();
      resolve(code);
    }) as typeof process.exit;
    new RoleProcess(role, CONFIG).start().catch(reject);
  });
}
const ENDINGS = ['SIGINT', 'SIGTERM', 'uncaughtException', 'unhandledRejection'];
const exit = process.exit.bind(process);
afterAll(() => void (process.exit = exit));

it('ends with code 1 where what goes on starting beside it cannot', async () => {
  const stopped: string[] = [];
  const code = await ended(
    () => ({ starting: Promise.reject(new Error('the ledger is another shop’s')) }),
    () => stopped.push('work'),
  );
  expect(code).toBe(1);
  expect(stopped).toEqual(['work']);
});

it('ends with code 0 where it is asked to, and with 1 where something hangs for longer than it may', async () => {
  const asked = (stop: () => unknown) => ended(() => ({ listening: () => void setImmediate(() => process.emit('SIGTERM', 'SIGTERM')) }), stop);
  expect(await asked(() => undefined)).toBe(0);
  expect(await asked(() => new Promise(() => undefined))).toBe(1);
});
