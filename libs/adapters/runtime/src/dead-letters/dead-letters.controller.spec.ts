import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DeadLetters, type DeadLetter, type DeadLetterFilter } from '@kernel/ports/dead-letters.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { RequestContext, type RequestScope } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import { createHttpApp } from '../http/bootstrap.js';
import { AsyncRequestContext } from '../http/request-scope.js';
import { DeadLettersController } from './dead-letters.controller.js';

const letter = (n: number): DeadLetter => ({
  id: `saga-message-${n}`,
  context: 'ordering',
  kind: 'saga-message',
  type: 'ordering.OrderPlaced',
  subject: `fulfilment/o-${n}`,
  state: 'parked',
  reason: 'poison',
  parkedAt: `2026-11-21T10:00:0${n}.000Z`,
});

describe('the dead letters as operators see them', () => {
  let app: NestFastifyApplication;
  let asked: unknown[];
  let found: DeadLetter[];
  let scope: RequestScope;
  /** Keeps the scope of the last request. */
  class SeenContext extends AsyncRequestContext {
    override current(): RequestScope {
      return (scope = super.current());
    }
  }
  const letters: DeadLetters = {
    list: (context: string, filter: DeadLetterFilter) => (asked.push([context, filter]), Promise.resolve(found)),
    one: (context, id) => Promise.reject(new Refusal('dead-letter.not-found', 'not-found', `${context} has no ${id}`)),
    retry: (context, id) => (asked.push([context, id]), Promise.resolve({ status: 200, body: { id, outcome: 'queued' } })),
    discard: (context, id, reason) => (
      asked.push([context, id, reason]),
      Promise.resolve({ status: 200, body: { id, discardedBy: 'admin-1', reason }, version: 1 })
    ),
  };

  beforeAll(async () => {
    @Module({
      controllers: [DeadLettersController],
      providers: [
        { provide: DeadLetters, useValue: letters },
        { provide: EventStores, useValue: { contexts: () => ['ordering'], store: () => ({ receipt: () => Promise.resolve(null) }) } },
        { provide: RequestContext, useClass: SeenContext },
        { provide: PersonalData, useValue: { lookupHash: (text: string) => text } },
      ],
    })
    class Operations {}
    app = await createHttpApp(Operations, { log: { error: () => {} }, version: '0', document: null });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app?.close());
  beforeEach(() => void ([asked, found] = [[], []]));

  const get = (path: string) => app.inject({ method: 'GET', url: `/api/v1/dead-letters${path}` });
  const post = (path: string, payload: object = {}, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url: `/api/v1/dead-letters${path}`, payload, headers });

  it('are listed by what is asked for, a page at a time', async () => {
    found = [letter(3), letter(2), letter(1)];
    const { items, next } = (await get('/ordering?limit=2&kind=saga-message&state=parked&type=a&subject=b')).json() as {
      items: DeadLetter[];
      next: string;
    };
    expect(items).toEqual([letter(3), letter(2)]);
    await get(`/ordering?limit=2&cursor=${next}`);
    expect(asked).toEqual([
      ['ordering', { limit: 3, kind: 'saga-message', state: 'parked', type: 'a', subject: 'b' }],
      ['ordering', { limit: 3, after: ['2026-11-21T10:00:02.000Z', 'saga-message-2'] }],
    ]);
  });

  it.each(['kind=none', 'state=none', 'limit=0', 'cursor=e30', `cursor=${Buffer.from('["yesterday","x"]').toString('base64url')}`, 'what=x'])(
    'are not listed by %s',
    async (query) => {
      expect((await get(`/ordering?${query}`)).statusCode).toBe(400);
      expect(asked).toEqual([]);
    },
  );

  it('are refused in the words of the port', async () => {
    const answer = await get('/ordering/saga-message-9');
    expect([answer.statusCode, answer.json()]).toEqual([404, expect.objectContaining({ code: 'dead-letter.not-found' })]);
  });

  it('are retried and discarded as commands of the context that the path names', async () => {
    const retried = await post('/ordering/saga-message-1/retry', {}, { 'idempotency-key': 'k', 'if-match': '"0"' });
    expect([retried.statusCode, retried.json()]).toEqual([200, { id: 'saga-message-1', outcome: 'queued' }]);
    expect(scope).toMatchObject({ expectedVersion: 0, idempotency: { route: 'POST /api/v1/dead-letters/:context/:id/retry', key: 'k' } });
    const discarded = await post('/ordering/saga-message-1/discard', { reason: 'noise' });
    expect([discarded.statusCode, discarded.headers['etag']]).toEqual([200, '"1"']);
    expect(asked).toEqual([
      ['ordering', 'saga-message-1'],
      ['ordering', 'saga-message-1', 'noise'],
    ]);
  });

  it('are not discarded without a reason', async () => {
    for (const body of [{}, { reason: '' }, { reason: 'x'.repeat(201) }]) expect((await post('/ordering/a/discard', body)).statusCode).toBe(400);
    expect(asked).toEqual([]);
  });

  it('are none of a context that is not here', async () => {
    const answer = await post('/shipping/saga-message-1/retry');
    expect([answer.statusCode, answer.json()]).toEqual([404, expect.objectContaining({ code: 'context.not-found', contexts: ['ordering'] })]);
    expect(asked).toEqual([]);
  });
});
