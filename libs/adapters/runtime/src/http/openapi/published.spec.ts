import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RequestContext } from '@kernel/ports/request-context.js';
import { fastify } from 'fastify';
import { createHttpApp } from '../bootstrap.js';
import { AsyncRequestContext } from '../request-scope.js';
import { guardDocuments } from './published.js';

@Module({ providers: [{ provide: RequestContext, useClass: AsyncRequestContext }] })
class EmptyModule {}

let app: NestFastifyApplication;
beforeAll(async () => {
  app = await createHttpApp(EmptyModule, { log: { error: () => {} }, version: '1.2.3' });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(() => app.close());

it.each(['/docs-json', '/docs-yaml'])('%s is there', async (url) => {
  const [first, again] = [await app.inject(url), await app.inject(url)];
  expect([first.statusCode, first.body.includes('1.2.3')]).toEqual([200, true]);
  expect([again.statusCode, again.body, again.headers['content-type']]).toEqual([200, first.body, first.headers['content-type']]);
  expect((await app.inject({ method: 'HEAD', url })).statusCode).toBe(200);
});

it.each(['/docs-json', '/docs-yaml'])('%s is rendered once', async (url) => {
  const server = fastify();
  guardDocuments(server);
  let rendered = 0;
  server.get(url, (_request, reply) => reply.type('text/plain').send(String(++rendered)));
  expect([(await server.inject(url)).body, (await server.inject(url)).body]).toEqual(['1', '1']);
  await server.close();
});

it.each(['', '/', '/swagger-ui-init.js', '/swagger-ui.css', '/swagger-ui-bundle.js', '/swagger-ui-standalone-preset.js', '/favicon-32x32.png'])(
  'serves what the page needs: /docs%s',
  async (path) => expect((await app.inject(`/docs${path}`)).statusCode).toBe(200),
);

it.each(['package.json', 'README.md', 'swagger-ui.js.map', 'oauth2-redirect.html', './package.json', '%70ackage.json'])(
  'serves nothing else: /docs/%s',
  async (path) => {
    const answer = await app.inject(`/docs/${path}`);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'route.not-found']);
  },
);
