import { Sagas, type SagaFilter, type SagaSummary } from '@kernel/ports/sagas.js';
import { ListSagas, ListSagasHandler, type ListSagasQuery } from './list-sagas.query.js';

const startedAt = '2026-11-21T10:00:00.000Z';
const summary = (id: string): SagaSummary => ({
  saga: 'fulfilment',
  id,
  status: 'running',
  step: 'reserve-stock',
  startedAt,
  movedAt: startedAt,
  version: 1,
  stuck: false,
});

describe('the list of sagas', () => {
  let asked: SagaFilter[];
  let found: SagaSummary[];
  const list = (query: Partial<ListSagasQuery>) => {
    const sagas = { list: (filter: SagaFilter) => (asked.push(filter), Promise.resolve(found)) } as unknown as Sagas;
    return new ListSagasHandler(sagas).execute(new ListSagas({ limit: 2, ...query }));
  };
  beforeEach(() => {
    asked = [];
    found = [];
  });

  it('is filtered by what is asked for', async () => {
    await list({ status: 'failed', saga: 'return', id: 'r-1', stuckFor: 60 });
    expect(asked).toEqual([{ limit: 3, status: 'failed', saga: 'return', id: 'r-1', stuckForSeconds: 60 }]);
  });

  it('finds the fulfilment of an order, and knows that no other saga has its id', async () => {
    await list({ orderId: 'o-1' });
    expect(asked).toEqual([{ limit: 3, saga: 'fulfilment', id: 'o-1' }]);
    found = [summary('o-1')];
    expect(await list({ orderId: 'o-1', saga: 'return' })).toEqual({ items: [] });
    expect(await list({ orderId: 'o-1', id: 'o-2' })).toEqual({ items: [] });
  });

  it('goes on where a page ended', async () => {
    found = [summary('o-3'), summary('o-2'), summary('o-1')];
    const { items, next } = await list({});
    expect(items.map(({ id }) => id)).toEqual(['o-3', 'o-2']);
    await list({ cursor: next! });
    expect(asked[1]).toEqual({ limit: 3, after: [startedAt, 'fulfilment', 'o-2'] });
  });

  it('refuses a cursor that no page answered', async () => {
    const forged = Buffer.from(JSON.stringify(['yesterday', 'fulfilment', 'o-1'])).toString('base64url');
    await expect(list({ cursor: forged })).rejects.toMatchObject({ code: 'request.invalid' });
    expect(asked).toEqual([]);
  });
});
