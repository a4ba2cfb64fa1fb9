import { connect } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Body, Controller, Delete, Get, Header, Ip, Module, Param, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RequestContext } from '@kernel/ports/request-context.js';
import { createHttpApp, type HttpAppOptions } from './bootstrap.js';
import { AsyncRequestContext } from './request-scope.js';

let stock = 1;
@Controller('api/v1')
class ShopController {
  @Get('things')
  list() {
    return { stock };
  }

  @Get('things/:id')
  @Header('ETag', '"3"')
  one() {
    return { stock };
  }

  @Post('things/:id')
  change(@Param('id') id: string, @Body() body: object) {
    return { id, body };
  }

  @Delete('things/popular')
  popular() {}

  @Get('ip')
  ip(@Ip() ip: string) {
    return { ip };
  }

  @Get('users/me')
  me() {
    return { email: 'ada@example.org' };
  }
}

@Module({ controllers: [ShopController], providers: [{ provide: RequestContext, useClass: AsyncRequestContext }] })
class ShopModule {}

let app: NestFastifyApplication;
async function start(options: Partial<HttpAppOptions> = {}): Promise<void> {
  app = await createHttpApp(ShopModule, { log: { error: () => {} }, version: '0', ...options });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
}
afterEach(() => app.close());
const ask = (method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'OPTIONS', url: string, headers: Record<string, string> = {}) =>
  app.inject({ method, url, headers });

describe('a read', () => {
  beforeEach(() => start());

  it('is answered 304 to whoever has it already, and anew once it has changed', async () => {
    stock = 1;
    const first = await ask('GET', '/api/v1/things');
    const etag = String(first.headers['etag']);
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/);
    expect(first.headers['cache-control']).toBe('private, no-cache');
    for (const known of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const again = await ask('GET', '/api/v1/things', { 'if-none-match': known });
      expect([again.statusCode, again.body, again.headers['etag'], again.headers['content-type']]).toEqual([304, '', etag, undefined]);
    }
    stock = 2;
    const changed = await ask('GET', '/api/v1/things', { 'if-none-match': etag });
    expect([changed.statusCode, changed.json()]).toEqual([200, { stock: 2 }]);
    expect(changed.headers['etag']).not.toBe(etag);
  });

  it('keeps the version that its route gives', async () => {
    stock = 1;
    const etag = String((await ask('GET', '/api/v1/things/1')).headers['etag']);
    expect(etag).toMatch(/^"3\.[\w-]{27}"$/);
    expect((await ask('GET', '/api/v1/things/1', { 'if-none-match': etag })).statusCode).toBe(304);
    expect((await ask('GET', '/api/v1/things/1', { 'if-none-match': '"3"' })).statusCode).toBe(200);
  });

  it('is answered anew where more than its version has changed', async () => {
    stock = 1;
    const { headers } = await ask('GET', '/api/v1/things/1');
    stock = 2;
    const changed = await ask('GET', '/api/v1/things/1', { 'if-none-match': String(headers['etag']) });
    expect([changed.statusCode, changed.json()]).toEqual([200, { stock: 2 }]);
  });

  it('of a person is kept by nobody, and nor is what a command answers', async () => {
    for (const url of ['/api/v1/users/me', '/%61pi/v1/users/me', '/api/v1/%75sers/me'])
      expect((await ask('GET', url)).headers['cache-control']).toBe('no-store');
    const changed = await app.inject({ method: 'POST', url: '/api/v1/things/1', payload: {}, headers: { 'if-none-match': '*' } });
    expect([changed.statusCode, changed.headers['cache-control'], changed.headers['etag']]).toEqual([201, 'no-store', undefined]);
  });
});

describe('a method that a path does not have', () => {
  beforeEach(() => start());

  it.each([
    ['PUT', '/api/v1/things', 'GET, HEAD'],
    ['PUT', '/api/v1/things/1?x=1', 'GET, HEAD, POST'],
    ['OPTIONS', '/api/v1/things/popular', 'DELETE'],
  ] as const)('%s %s is told which there are', async (method, url, allow) => {
    const answer = await ask(method, url);
    expect([answer.statusCode, answer.headers['allow'], answer.headers['content-type']]).toEqual([
      405,
      allow,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.json()).toMatchObject({ code: 'route.method-not-allowed', status: 405 });
  });

  it.each(['/api/v1/nothing', '/api/v1/things/', '/api/v1/things/1/2'])('is no other thing than a path that there is not: %s', async (url) => {
    const answer = await ask('PUT', url);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'route.not-found']);
  });
});

describe('a page of another origin', () => {
  const from = (origin: string) => ask('GET', '/api/v1/things', { origin });
  const preflight = (origin: string) => ask('OPTIONS', '/api/v1/things', { origin, 'access-control-request-method': 'POST' });

  it('may read answers and their headers where its origin is listed', async () => {
    await start({ corsOrigins: ['https://shop.example'] });
    const { headers } = await from('https://shop.example');
    expect(headers['access-control-allow-origin']).toBe('https://shop.example');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers['access-control-expose-headers']).toContain('Consistency-Token');
    const asked = await preflight('https://shop.example');
    expect([asked.statusCode, asked.headers['access-control-allow-methods']]).toEqual([204, 'GET, POST, PUT, PATCH, DELETE']);
    expect(asked.headers['access-control-allow-headers']).toContain('Idempotency-Key');
  });

  it.each(['https://shop.example.evil', 'http://shop.example', 'null'])('may not where it is %s', async (origin) => {
    await start({ corsOrigins: ['https://shop.example'] });
    expect((await from(origin)).headers['access-control-allow-origin']).toBeUndefined();
    expect((await preflight(origin)).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('may not where nobody is listed', async () => {
    await start();
    expect((await from('https://shop.example')).headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('the address of a caller', () => {
  const seen = async (forwarded: string) => (await ask('GET', '/api/v1/ip', { 'x-forwarded-for': forwarded })).json<{ ip: string }>().ip;

  it('is the socket’s, whatever the caller says', async () => {
    await start();
    expect(await seen('192.0.2.7')).toBe('127.0.0.1');
  });

  it('is what a trusted gateway says, and not what its caller told the gateway', async () => {
    await start({ trustedProxies: ['127.0.0.0/8', '10.0.0.4'] });
    expect(await seen('192.0.2.7')).toBe('192.0.2.7');
    expect(await seen('203.0.113.9, 192.0.2.7, 10.0.0.4')).toBe('192.0.2.7');
  });
});

it('tells browsers to guess nothing, frame nothing and stay with TLS', async () => {
  await start();
  const { headers } = await ask('GET', '/api/v1/nothing');
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': expect.stringContaining('max-age='),
    'content-security-policy': expect.stringContaining("frame-ancestors 'self'"),
  });
  expect(headers['x-powered-by']).toBeUndefined();
});

describe('what is no request', () => {
  const send = async (request: string): Promise<string> => {
    await app.listen(0, '127.0.0.1');
    const socket = connect((app.getHttpServer().address() as { port: number }).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(request);
    return text(socket);
  };
  beforeEach(() => start());

  it.each([
    ['garbage', 'garbage\r\n\r\n', '400 Bad Request', 'request.malformed'],
    [
      'endless headers',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
      'request.headers-too-large',
    ],
  ])('is answered with a problem: %s', async (_, request, status, code) => {
    const answer = await send(request);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\ncontent-type: application/problem\\+json`));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code });
  });
});
