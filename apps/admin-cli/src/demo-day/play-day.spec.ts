import { FakeShopServer } from '../../../../test/support/fake-shop-server.js';
import { json } from '../../../../test/support/fake-import-server.js';
import { playDay } from './play-day.js';
import { reportWords } from './report.js';
import { People } from './shop-api.js';

let server: FakeShopServer;
beforeEach(() => {
  server = new FakeShopServer();
  return server.start();
});
afterEach(() => server.stop());

const FEW = 40;
const MANY = 150;
async function play({ seed = 5, orders = FEW, retrySeconds = 20, settleSeconds = 5 } = {}) {
  const said: string[] = [];
  const people = new People({
    url: server.url,
    retrySeconds,
    seed,
    administrator: () => Promise.resolve({ email: 'admin@shop.example', password: 'right' }),
    onOutage: (reason) => said.push(reason === undefined ? 'back' : `away: ${reason}`),
  });
  const options = { people, seed, orders, speed: 1_000_000, currency: 'GBP', settleSeconds };
  const report = await playDay({ ...options, say: (line) => said.push(line), progress: () => ({ stop: () => {} }) });
  return { report, said, words: reportWords(report, 'GBP') };
}
const booked = () => [...server.orders.values()].map(({ id, status, captured, refunded }) => [id, status, captured, refunded]);

describe("a day played against a shop's API", () => {
  it('does everything that a day brings about, and finds the books balanced', async () => {
    const { report, words } = await play({ orders: MANY });
    expect(report).toMatchObject({ ok: true, auditEqual: true, unexpected: {}, stockDifferences: [], moneyDifferences: [], sagasNotAtRest: [] });
    expect(report.orders + report.outOfStock).toBe(MANY);
    expect(report.outOfStock).toBeGreaterThan(0);
    expect(Object.keys(report.statuses).sort()).toEqual(expect.arrayContaining(['cancelled', 'confirmed', 'delivered', 'shipped']));
    expect(report.returns.received).toBeGreaterThan(0);
    expect(Number(report.kept)).toBeGreaterThan(0);
    expect(words).toContain('yes  stock is conserved');
    expect(words).toContain('All holds (seed 5,');
    expect(server.users.size).toBe(6);
  });

  it('does everything once where connections break before and after the server did its work', async () => {
    let requests = 0;
    server.interfere = ({ socket }) => ++requests % 23 === 0 && (socket.destroy(), true);
    server.lose = () => ++requests % 29 === 0;
    const { report, said } = await play({ orders: MANY });
    expect(report).toMatchObject({ ok: true, orders: server.orders.size });
    expect(report.orders + report.outOfStock).toBe(MANY);
    expect(said).toContain('back');
  });

  it('does nothing twice when it is played again', async () => {
    await play();
    const books = booked();
    const { report } = await play();
    expect(report.ok).toBe(true);
    // What came back in the meantime can be sold to those who had to leave without it.
    expect(booked().slice(0, books.length)).toEqual(books);
    expect(report.orders).toBe(server.orders.size);
  });

  it('waits while the server still works on what was asked before', async () => {
    let busy = 3;
    server.interfere = ({ url }, response) =>
      url === '/api/v1/orders' && busy-- > 0 && (json(response, 409, { code: 'idempotency.in-flight' }), true);
    expect((await play()).report.ok).toBe(true);
  });

  it.each<[string, () => void, string]>([
    [
      'a unit is lost',
      () => (server.distort = (path, body) => (path === '/products/DAY-5-01' ? { ...body, onHand: (body as { onHand: number }).onHand - 1 } : body)),
      'NO   stock is conserved\n       DAY-5-01: onHand is ',
    ],
    [
      'a reservation is left behind',
      () => (server.distort = (path, body) => (path === '/products/DAY-5-02' ? { ...body, reserved: 999 } : body)),
      'NO   stock is conserved\n       DAY-5-02: reserved is 999, not ',
    ],
    [
      'money of a cancelled order is kept',
      () =>
        (server.distort = (_, body) =>
          (body as { status?: string }).status === 'cancelled' ? { ...body, payment: { captured: '5.00', refunded: '4.99' } } : body),
      'kept is 0.01, not 0.00',
    ],
    [
      'an order is paid twice',
      () =>
        (server.distort = (_, body) =>
          (body as { status?: string }).status === 'delivered' ? { ...body, payment: { captured: '99999.00', refunded: '0.00' } } : body),
      'captured is 99999.00, not ',
    ],
    [
      'the audit is not equal',
      () => (server.auditEqual = false),
      'is equal\n       catalog position 7: missing in the ledger, an id expected\n       run `npm run audit`',
    ],
    [
      'a workflow never comes to rest',
      () => (server.busyPolls = Infinity),
      'NO   all workflows are at rest\n       fulfilment o1 is running at payment',
    ],
    [
      'an answer is none that a day brings about',
      () =>
        (server.interfere = ({ url }, response) =>
          url!.endsWith('/deliver') && (json(response, 409, { code: 'ordering.order-not-deliverable' }), true)),
      'deliver: ordering.order-not-deliverable (',
    ],
  ])('says so where %s', async (_, misbehave, words) => {
    misbehave();
    const day = await play({ settleSeconds: 1 });
    expect(day.report.ok).toBe(false);
    expect(day.words).toContain(words);
    expect(day.words).toContain('NOT ALL HOLDS');
  });

  it('gives up on a server that stays away', async () => {
    server.interfere = ({ url, socket }) => url === '/api/v1/orders' && (socket.destroy(), true);
    await expect(play({ retrySeconds: 0 })).rejects.toThrow('No good answer from');
  });

  it('gives up where the shop does not take its products', async () => {
    server.interfere = ({ url }, response) => url === '/api/v1/products' && (json(response, 400, { detail: 'bad sku' }), true);
    await expect(play()).rejects.toThrow('POST /products was refused: bad sku.');
  });
});
