import { freePorts } from '../../scripts/engines/server-process.mjs';
import { GatewayStubs } from '../support/gateway-stubs.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;

let stubs: GatewayStubs;
const gateway: GatewayStubs['run'] = (options, work) => stubs.run(options, work);
beforeAll(async () => {
  stubs = await GatewayStubs.start();
});
beforeEach(() => stubs.forget());
afterAll(() => stubs.close());

it('spreads requests over the processes of a service, and leaves out one that is going', async () => {
  const [first, second] = [await stubs.stub('first'), await stubs.stub('second')];
  const by = (name: string) => stubs.seen.filter(({ service }) => service === name).length;
  const ask = (url: string) => Promise.all(Array.from({ length: 40 }, () => fetch(`${url}/api/v1/orders`).then((answer) => answer.text())));
  await gateway({ services: { ...stubs.services, ordering: [first, second] } }, async (url) => {
    await ask(url);
    expect(by('first')).toBeGreaterThan(5);
    expect(by('second')).toBeGreaterThan(5);
  });
  stubs.seen = [];
  await gateway({ services: { ...stubs.services, ordering: [first, second] }, draining: [first] }, async (url) => {
    await ask(url);
    expect([by('first'), by('second')]).toEqual([0, 40]);
  });
});

describe('where a process is gone', () => {
  it('asks another: nothing had been sent', async () => {
    const [dead] = (await freePorts(1)) as [number];
    await gateway({ services: { ...stubs.services, ordering: [`127.0.0.1:${dead}`, ...stubs.services.ordering] } }, async (url) => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(`${url}/api/v1/orders`, { method: 'POST', body: '{}' })));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(stubs.seen).toHaveLength(10);
    });
  });

  it('asks another for a GET that was cut off, and never repeats a POST', async () => {
    const second = await stubs.stub('second');
    stubs.handler = (request) => void request.socket.destroy();
    await gateway({ services: { ...stubs.services, ordering: [...stubs.services.ordering, second] } }, async (url) => {
      const post = await fetch(`${url}/api/v1/orders`, { method: 'POST', body: '{}' });
      expect([post.status, post.headers.get('retry-after'), stubs.seen.length]).toEqual([504, null, 1]);
      expect(post.headers.get('content-type')).toBe('application/problem+json');
      expect(post.headers.get('x-request-id')).toMatch(UUID);
      const problem = { status: 504, code: 'service.outcome-unknown', detail: expect.stringContaining('the same Idempotency-Key') as string };
      expect(await post.json()).toMatchObject(problem);
    });
    stubs.seen = [];
    await gateway({ services: { ...stubs.services, ordering: [...stubs.services.ordering, second] } }, async (url) => {
      await fetch(`${url}/api/v1/orders`);
      expect(stubs.seen.map(({ service }) => service).sort()).toEqual(['ordering', 'second']);
    });
  });

  it.each(['GET', 'POST'])('says when to try a %s again that cannot have taken effect', async (method) => {
    const [dead] = (await freePorts(1)) as [number];
    await gateway({ services: { ...stubs.services, ordering: [`127.0.0.1:${dead}`] } }, async (url) => {
      const answer = await fetch(`${url}/api/v1/orders`, { method, ...(method === 'POST' && { body: '{}' }) });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await answer.json()).toMatchObject({ status: 503, code: 'service.away' });
    });
  });

  it('passes on what a service itself answers', () => {
    stubs.handler = (_, response) => response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"code":"order.unknown"}');
    return gateway({}, async (url) => expect(await (await fetch(`${url}/api/v1/orders/1`)).json()).toEqual({ code: 'order.unknown' }));
  });
});
