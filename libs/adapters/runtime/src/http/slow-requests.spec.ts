import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Body, Controller, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { eventually } from '@testing/eventually.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { createHttpApp } from './bootstrap.js';
import { AsyncRequestContext } from './request-scope.js';

@Controller('things')
class ThingsController {
  @Post()
  make(@Body() body: object) {
    return body;
  }
}

@Module({ controllers: [ThingsController], providers: [{ provide: RequestContext, useClass: AsyncRequestContext }] })
class ThingsModule {}

let app: NestFastifyApplication;
beforeAll(async () => {
  app = await createHttpApp(ThingsModule, { log: { error: () => {} }, version: '0', requestTimeoutMs: 200 });
  await app.listen(0, '127.0.0.1');
});
afterAll(() => app.close());

const connections = (): Promise<number> => promisify(app.getHttpServer().getConnections).call(app.getHttpServer()) as Promise<number>;
const HEAD = 'POST /things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

it.each([
  ['nothing', ''],
  ['a part of the headers', HEAD],
  ['a part of the body', `${HEAD}content-length: 1000\r\n\r\n{`],
  ['a part of a body of unknown length', `${HEAD}transfer-encoding: chunked\r\n\r\n1\r\n{\r\n`],
])('waits no longer than its time for a request of which only %s has come, whatever its sender holds open', async (_, sent) => {
  // Half open: the sender ends nothing when the server does.
  const socket = connect({ port: (app.getHttpServer().address() as { port: number }).port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  socket.write(sent);
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\ncontent-type: application\/problem\+json/);
  expect(answer).toContain('"code":"request.timeout"');
  await eventually(async () => expect(await connections()).toBe(0), 2_000);
  socket.destroy();
});
