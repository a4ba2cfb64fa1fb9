import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Body, Controller, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { customer, keys, TestContextModule } from '@testing/auth-app.js';
import { AuthModule, LimitRefreshes, RequirePermission, TokenIssuer } from '../auth/index.js';
import { createHttpApp } from './bootstrap.js';
import { LargeBody } from './large-body.js';

@Controller('batch')
class BatchController {
  @Post()
  @LargeBody()
  @RequirePermission('orders:create')
  take(@Body() body: { text: string }) {
    return { length: body.text.length };
  }

  // Of another limit, so that a test may use it up.
  @Post('limited')
  @LargeBody()
  @RequirePermission('orders:create')
  @LimitRefreshes()
  limited() {
    return {};
  }
}

const auth = AuthModule.forRoot({
  ...keys,
  ttlSeconds: 900,
  bcryptCost: 10,
  rateLimit: true,
  rateLimits: { stranger: null, refresh: { points: 2, durationSeconds: 900 }, customer: { points: 50, durationSeconds: 900 } },
});
@Module({ imports: [TestContextModule, auth], controllers: [BatchController] })
class BatchModule {}

let app: NestFastifyApplication;
const sockets: Socket[] = [];
beforeAll(async () => {
  app = await createHttpApp(BatchModule, { log: { error: () => {} }, version: '0' });
  await app.listen(0, '127.0.0.1');
});
afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));
afterAll(() => app.close());

async function bearerOf(permissions: string[]): Promise<string> {
  const { accessToken } = await app.get(TokenIssuer).issue({ ...customer, id: randomUUID(), permissions });
  return `authorization: Bearer ${accessToken}\r\n`;
}

const LENGTH = 'content-length: 8000000';
const CHUNKED = 'transfer-encoding: chunked';

/** What is answered to the headers of a request of which no body comes. */
async function announce(path: string, more: string, length = LENGTH) {
  const socket = connect((app.getHttpServer().address() as { port: number }).port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  const ask = (): void => void socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${more}${length}\r\n\r\n`);
  const answered = async (): Promise<string> => {
    let answer = '';
    while (!answer.includes('\r\n\r\n')) answer += String(((await once(socket, 'data')) as [Buffer])[0]);
    return answer;
  };
  ask();
  return { socket, ask, answered, answer: await answered() };
}

describe('a large body', () => {
  it.each([
    ['without a token', '', 401, LENGTH],
    ['of unknown length', '', 401, CHUNKED],
    ['with a forged token', 'authorization: Bearer forged.to.ken\r\n', 401, LENGTH],
    ['that is beyond every limit', '', 401, 'content-length: 900000000'],
  ])('%s is refused before it comes', async (_, more, status, length) => {
    const { answer } = await announce('/batch', more, length);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*content-type: application/problem\\+json`));
    expect(/^connection: close/im.test(answer)).toBe(length !== LENGTH);
  });

  it('of somebody who may not send it is refused before it comes', async () => {
    expect((await announce('/batch', await bearerOf([]))).answer).toMatch(/^HTTP\/1.1 403 /);
  });

  it('beyond the limit of its sender is refused before it comes', async () => {
    const [head, send] = [await bearerOf(['orders:create']), { method: 'POST', url: '/batch/limited', payload: {} } as const];
    const headers = { authorization: head.slice('authorization: '.length).trim() };
    for (let i = 0; i < 2; i++) expect((await app.inject({ ...send, headers })).statusCode).toBe(201);
    expect((await announce('/batch/limited', head)).answer).toMatch(/^HTTP\/1.1 429 /);
  });

  it('that is refused leaves its connection for the next request', async () => {
    const { socket, ask, answered } = await announce('/batch', '');
    const next = answered();
    socket.write(Buffer.alloc(8_000_000, ' '));
    ask();
    expect(await next).toMatch(/^HTTP\/1.1 401 /);
  });

  it('is read for whoever may send it, and is counted once', async () => {
    const authorization = (await bearerOf(['orders:create'])).slice('authorization: '.length).trim();
    const send = (payload: object) => app.inject({ method: 'POST', url: '/batch', payload, headers: { authorization } });
    const first = await send({ text: 'x'.repeat(1_000_000) });
    expect([first.json(), first.headers['ratelimit-remaining']]).toEqual([{ length: 1_000_000 }, '49']);
    expect((await send({ text: '' })).headers['ratelimit-remaining']).toBe('48');
  });
});
