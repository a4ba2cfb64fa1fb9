import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Answered } from '../security/people.js';
import { ApiShop } from './api-shop.js';
import { COMMANDS, type CommandCase, type Prepared } from './commands.js';

const creating = Object.entries(COMMANDS).filter(([route, { answers }]) => route.startsWith('POST ') && answers === 201);

let shop: ApiShop;
beforeAll(async () => {
  shop = await ApiShop.open();
});
afterAll(() => shop?.close());

const send = ({ by, path, body }: Prepared, key: string, more: object = {}): Promise<Answered> =>
  by.ask('POST', path, { ...body, ...more }, { 'idempotency-key': key });

const answered = ({ status, headers, body }: Answered) => ({
  status,
  body,
  ...Object.fromEntries(['location', 'etag', 'consistency-token'].map((name) => [name, headers.get(name)])),
});

it('is tried with every POST of the document that creates', async () => {
  const documented = (await shop.operations()).filter(({ name, responses }) => name.startsWith('POST ') && '201' in responses);
  expect(creating.map(([route]) => route).toSorted()).toEqual(documented.map(({ name }) => name).toSorted());
});

describe.each(creating)('the Idempotency-Key of %s', (_, { prepare, otherwise }: CommandCase) => {
  it('has one effect however often it is sent, and is answered as the first time', async () => {
    const [prepared, key] = [await prepare(shop), randomUUID()];
    const before = await prepared.effect();
    const first = await send(prepared, key);
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect(first.headers.get('location')).toMatch(/^\/api\/v1\//);
    const after = await prepared.effect();
    expect(after).not.toEqual(before);
    for (let repeat = 0; repeat < 2; repeat++) {
      const again = await send(prepared, key);
      expect(answered(again)).toEqual(answered(first));
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(await prepared.effect()).toEqual(after);
    }
  });

  it('is refused with another body', async () => {
    const [prepared, key] = [await prepare(shop), randomUUID()];
    expect((await send(prepared, key)).status).toBe(201);
    const after = await prepared.effect();
    const other = await send(prepared, key, otherwise);
    expect([other.status, other.body!['code']]).toEqual([422, 'idempotency.key-reused']);
    expect(await prepared.effect()).toEqual(after);
  });

  it('is refused while the first request is being worked on', async () => {
    const [prepared, key] = [await prepare(shop), randomUUID()];
    const held = await Held.appends(shop);
    try {
      // Whichever comes first waits for the lock, and the other one for nothing.
      const both = [send(prepared, key), send(prepared, key)];
      const early = await Promise.race(both);
      expect([early.status, early.body!['code']]).toEqual([409, 'idempotency.in-flight']);
      await held.release();
      expect((await Promise.all(both)).map(({ status }) => status).toSorted()).toEqual([201, 409]);
    } finally {
      await held.release();
    }
    expect((await send(prepared, key)).headers.get('idempotent-replayed')).toBe('true');
  });
});

/** Lets nothing be appended to any context until it is released. */
class Held {
  private constructor(private client: pg.Client | null) {}

  static async appends(of: ApiShop): Promise<Held> {
    const client = new pg.Client({ connectionString: of.app.databaseUrl });
    await client.connect();
    await client.query('begin; lock table identity.receipt, catalog.receipt, ordering.receipt in exclusive mode');
    return new Held(client);
  }

  async release(): Promise<void> {
    const client = this.client;
    this.client = null;
    await client?.end();
  }
}
