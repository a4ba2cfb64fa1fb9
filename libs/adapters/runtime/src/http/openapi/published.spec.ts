import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify } from 'fastify';
import { customer, keys, TestContextModule } from '@testing/auth-app.js';
import { AuthModule, TokenIssuer } from '../../auth/index.js';
import { DEFAULT_RATE_LIMITS } from '../../auth/rate-limits.js';
import { createHttpApp } from '../bootstrap.js';
import { guardDocuments } from './published.js';

/** An application without routes of its own. @param strangers most requests of a stranger in a window; no limit where it is left out */
async function open(strangers?: number): Promise<NestFastifyApplication> {
  const stranger = { points: strangers ?? 1, durationSeconds: 900 };
  const rateLimits = { ...DEFAULT_RATE_LIMITS, stranger };
  const auth = AuthModule.forRoot({ ...keys, ttlSeconds: 900, bcryptCost: 10, rateLimit: strangers !== undefined, rateLimits });
  @Module({ imports: [TestContextModule, auth] })
  class EmptyModule {}
  const opened = await createHttpApp(EmptyModule, { log: { error: () => {} }, version: '1.2.3' });
  await opened.init();
  await opened.getHttpAdapter().getInstance().ready();
  return opened;
}

let app: NestFastifyApplication;
beforeAll(async () => (app = await open()));
afterAll(() => app.close());

it.each(['/docs-json', '/docs-yaml'])('%s is there', async (url) => {
  const [first, again] = [await app.inject(url), await app.inject(url)];
  expect([first.statusCode, first.body.includes('1.2.3')]).toEqual([200, true]);
  expect([again.statusCode, again.body, again.headers['content-type']]).toEqual([200, first.body, first.headers['content-type']]);
  expect((await app.inject({ method: 'HEAD', url })).statusCode).toBe(200);
});

it.each(['/docs-json', '/docs-yaml'])('%s is rendered once', async (url) => {
  const server = fastify();
  guardDocuments(server, async () => undefined);
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

describe('the documents, where requests are limited', () => {
  const paths = ['/docs', '/docs/', '/docs-json', '/docs-yaml', '/docs/swagger-ui-init.js', '/docs/swagger-ui.css', '/docs/package.json'];
  let limited: NestFastifyApplication;
  beforeEach(async () => (limited = await open(paths.length + 2)));
  afterEach(() => limited.close());
  const remaining = async (url: string, more: object = {}) => (await limited.inject({ url, ...more })).headers['ratelimit-remaining'];

  it('count for strangers, each once, also where they are kept, asked for by HEAD, or not there', async () => {
    const left = [];
    for (const path of paths) left.push(await remaining(path));
    left.push(await remaining('/docs-json', { method: 'HEAD' }), await remaining('/docs-json'));
    expect(left).toEqual(['8', '7', '6', '5', '4', '3', '2', '1', '0']);
    for (const path of paths) {
      const refused = await limited.inject(path);
      expect([refused.statusCode, refused.json<{ code: string }>().code, refused.headers['retry-after']]).toEqual([
        429,
        'rate-limit.exceeded',
        expect.stringMatching(/^\d+$/),
      ]);
    }
    expect((await limited.inject({ url: '/docs-json', remoteAddress: '192.0.2.1' })).statusCode).toBe(200);
  });

  it('count for the signed-in by their own limit', async () => {
    const { accessToken } = await limited.get(TokenIssuer).issue(customer);
    expect(await remaining('/docs-json', { headers: { authorization: `Bearer ${accessToken}` } })).toBe('599');
  });
});
