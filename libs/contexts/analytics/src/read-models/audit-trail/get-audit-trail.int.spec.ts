import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { GetAuditTrail, GetAuditTrailHandler, GetAuditTrailQuery, type AuditTrailPageView } from './get-audit-trail.query.js';

let world: TestReadSide;
beforeAll(async () => void (world = await testReadSide({ readModels: [], controls: [] })));
afterAll(() => world.drop());

const ask = (query: Partial<GetAuditTrailQuery> = {}): Promise<AuditTrailPageView> =>
  new GetAuditTrailHandler(world.side.store).execute(new GetAuditTrail(Object.assign(new GetAuditTrailQuery(), query)));
const happened = (context: string, stream: string, count = 1) =>
  world.append(context, ...Array.from({ length: count }, (_, n) => ({ stream, type: `${context}.Happened`, data: { n } })));

it('tells who did what, newest first, across contexts', async () => {
  const first = await happened('ordering', 'order-a');
  const second = await happened('catalog', 'product-b');
  await world.landed();
  const { items } = await ask();
  expect(items.map(({ eventId }) => eventId)).toEqual([...second, ...first]);
  expect(items[1]).toEqual({
    actor: null,
    action: 'ordering.Happened',
    subject: 'order-a',
    recordedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    occurredAt: expect.stringMatching(/^\d{4}-.*Z$/),
    correlationId: expect.any(String),
    causationId: null,
    traceId: null,
    eventId: first[0],
    context: 'ordering',
    position: 1,
  });
});

it('is asked for by actor, action, context, subject and time', async () => {
  await happened('ordering', 'order-c', 2);
  await world.landed();
  const all = (await ask()).items.length;
  expect((await ask({ action: 'catalog' })).items.every(({ context }) => context === 'catalog')).toBe(true);
  expect((await ask({ action: 'ordering.Happened', subject: 'c' })).items).toHaveLength(2);
  expect((await ask({ subject: 'order-c' })).items).toHaveLength(2);
  expect((await ask({ subject: "order-c' OR 1=1 --" })).items).toEqual([]);
  expect((await ask({ actor: 'system' })).items).toHaveLength(all);
  expect((await ask({ actor: '0192f0c1-2a3b-7c4d-8e5f-60718293a4b5' })).items).toEqual([]);
  const { recordedAt } = (await ask({ subject: 'order-c' })).items.at(-1)!;
  const before = (await ask({ to: recordedAt })).items.length;
  expect((await ask({ from: recordedAt })).items.length + before).toBe(all);
});

it('gives each event on one page, also where more come in between', async () => {
  await happened('catalog', 'product-d', 7);
  await world.landed();
  const known = (await ask({ limit: 200 })).items.map(({ eventId }) => eventId);
  const seen: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await ask({ limit: 3, ...(cursor && { cursor }) });
    seen.push(...page.items.map(({ eventId }) => eventId));
    await happened('ordering', 'order-e');
    await world.landed();
    if (!page.next) break;
    cursor = page.next;
  }
  expect(seen).toEqual(known);
});

it.each(['', 'e30', Buffer.from('["x","ordering","1"]').toString('base64url')])('refuses a cursor that no page answered: %s', (cursor) =>
  expect(ask({ cursor })).rejects.toMatchObject({ code: 'request.invalid' }),
);
