import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Cache, CacheInspection, type CacheState } from '@kernel/ports/cache.js';
import { OperationsLog } from '@kernel/ports/operations-log.js';
import { identify, type IdentifiedRequest } from '../auth/identified-request.js';
import { CacheController } from './cache.controller.js';

describe('the cache as operators see it', () => {
  let app: NestFastifyApplication;
  const purged: string[] = [];
  const recorded: string[] = [];
  const namespaces: CacheState['namespaces'] = new Map([
    ['catalog:product', { hits: 3, misses: 1, bypasses: 2 }],
    ['catalog:list', { hits: 0, misses: 0, bypasses: 1 }],
  ]);
  const cache: Cache = {
    get: (_key, _ttlSeconds, load) => load(),
    invalidate: async (keyOrBranch) => {
      if (keyOrBranch === 'bad') throw new RangeError('not a key or a branch');
      purged.push(keyOrBranch);
    },
  };

  beforeAll(async () => {
    const inspection: CacheInspection = { state: () => ({ redis: 'up', entries: 2, characters: 100, namespaces }) };
    const operations: OperationsLog = {
      record: (operation, target, work) => {
        recorded.push(`${operation} ${target}`);
        return work();
      },
    };
    const module = await Test.createTestingModule({
      controllers: [CacheController],
      providers: [
        { provide: Cache, useValue: cache },
        { provide: CacheInspection, useValue: inspection },
        { provide: OperationsLog, useValue: operations },
      ],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    const principal = { id: 'admin-1', roles: ['admin'], permissions: ['cache:purge'], sessionId: 's' };
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRequest', (request, _reply, done) => {
        identify(request as unknown as IdentifiedRequest, { principal, refusal: null });
        done();
      });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app?.close());

  it('is told with its hit rates', async () => {
    expect((await app.inject({ method: 'GET', url: '/api/v1/admin/cache' })).json()).toEqual({
      redis: 'up',
      entries: 2,
      characters: 100,
      namespaces: {
        'catalog:product': { hits: 3, misses: 1, bypasses: 2, hitRate: 0.75 },
        'catalog:list': { hits: 0, misses: 0, bypasses: 1, hitRate: null },
      },
    });
  });

  it.each([
    ['catalog:list:*', 'catalog:list:*'],
    ['catalog:product:MUG%252A', 'catalog:product:MUG%2A'],
    ['*', '*'],
  ])('forgets %s', async (path, keyOrBranch) => {
    expect((await app.inject({ method: 'DELETE', url: `/api/v1/admin/cache/${path}` })).statusCode).toBe(204);
    expect([purged.at(-1), recorded.at(-1)]).toEqual([keyOrBranch, `purge-cache ${keyOrBranch}`]);
  });

  it('refuses what names nothing', async () => {
    const controller = app.get(CacheController);
    await expect(controller.purge('bad')).rejects.toMatchObject({
      code: 'cache.key-malformed',
      kind: 'invalid',
      message: 'That is not a key or a branch',
    });
  });
});
