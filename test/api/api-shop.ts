import { randomUUID } from 'node:crypto';
import { eventually } from '@testing/eventually.js';
import pg from 'pg';
import { must, People, type Answered, type Someone } from '../security/people.js';
import { wholeApp, type WholeApp } from '../support/whole-app.js';

export const PASSWORD = 'correct horse battery';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly enum?: readonly string[]; readonly maximum?: number };
}

/** An operation of the API's document, as far as specs go by it. */
export interface Operation {
  /** Such as `GET /api/v1/orders/{id}`. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly headers?: object; readonly content?: object }>>;
}

/** A whole shop in this process, for specs that go through what its document declares. */
export class ApiShop {
  private readonly known = new Map<string, Promise<Someone>>();

  private constructor(
    readonly app: WholeApp,
    readonly people: People,
    readonly admin: Someone,
  ) {}

  static async open(): Promise<ApiShop> {
    // Of a late payment nothing is heard while a spec runs.
    const app = await wholeApp({ logLevel: 'info', env: { SIMULATED_PAYMENT_DELAY_MS: '3600000' } });
    const people = new People(app, app.admin);
    return new ApiShop(app, people, await people.administrator());
  }

  close(): Promise<void> {
    return this.app.close();
  }

  async operations(): Promise<Operation[]> {
    const { paths } = must(await this.people.nobody.ask('GET', '/docs-json'), 200) as {
      paths: Record<string, Record<string, Omit<Operation, 'name'> & { parameters?: Operation['parameters'] }>>;
    };
    return Object.entries(paths).flatMap(([path, operations]) =>
      METHODS.filter((method) => operations[method]).map((method) => ({
        ...operations[method]!,
        parameters: operations[method]!.parameters ?? [],
        name: `${method.toUpperCase()} ${path}`,
      })),
    );
  }

  /** Somebody who is not needed elsewhere. */
  customer(): Promise<Someone> {
    return this.people.having('customer');
  }

  /** One customer for everything that leaves nothing behind. */
  regular(): Promise<Someone> {
    const regular = this.known.get('regular') ?? this.customer();
    this.known.set('regular', regular);
    return regular;
  }

  /** A new product, with so many on stock. */
  async product(stock = 100, name = 'White hanging heart'): Promise<string> {
    const sku = `SKU-${randomUUID()}`;
    const product = { sku, name, category: 'Lighting', price: { amount: '2.55', currency: 'GBP' } };
    must(await this.admin.ask('POST', '/api/v1/products', product), 201);
    if (stock > 0) must(await this.admin.ask('POST', `/api/v1/products/${sku}/stock`, { quantity: stock, reason: 'received' }), 201);
    return sku;
  }

  /** Something that could not be processed: a command of no saga that nobody carries out. */
  async deadLetter(): Promise<string> {
    const client = new pg.Client({ connectionString: this.app.databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ seq: string }>(
        `insert into ordering.command_outbox (id, saga, saga_id, target, name, data, correlation_id, next_attempt_at, error, parked)
         values ($1::text, 'none', $1::text, 'ordering', 'Nothing', '{}', $1::uuid, clock_timestamp(), 'out of paper', true) returning seq`,
        [randomUUID()],
      );
      return `outbox-command-${rows[0]!.seq}`;
    } finally {
      await client.end();
    }
  }

  async role(): Promise<string> {
    const role = `r-${randomUUID().slice(0, 20)}x`;
    must(await this.admin.ask('PUT', `/api/v1/admin/roles/${role}`, { permissions: ['catalog:read', 'orders:read:any'] }), 201);
    return role;
  }

  /** An order whose payment is not heard of, so that it stays as it is. */
  async placed(by: Someone): Promise<string> {
    return this.order(by, 'tok_late', {});
  }

  async confirmed(by: Someone): Promise<string> {
    return this.order(by, 'tok_approve', { prefer: 'wait=30' });
  }

  /** One of its two units has gone out. */
  async partiallyShipped(by: Someone): Promise<string> {
    const id = await this.confirmed(by);
    const { lines } = must(await this.admin.ask('GET', `/api/v1/orders/${id}`), 200) as { lines: { sku: string }[] };
    must(await this.admin.ask('POST', `/api/v1/orders/${id}/ship`, { lines: [{ sku: lines[0]!.sku, quantity: 1 }] }), 200);
    return id;
  }

  async shipped(by: Someone): Promise<string> {
    const id = await this.confirmed(by);
    must(await this.admin.ask('POST', `/api/v1/orders/${id}/ship`, {}), 200);
    // The money is taken with the parcel, by the order's workflow: what is compared later must not change by itself.
    await this.shows(
      () => this.admin.ask('GET', `/api/v1/orders/${id}`),
      ({ body }) => (body!['payment'] as { status: string }).status === 'captured',
    );
    return id;
  }

  async delivered(by: Someone): Promise<string> {
    const id = await this.shipped(by);
    must(await this.admin.ask('POST', `/api/v1/orders/${id}/deliver`), 200);
    return id;
  }

  /** An order and the id of a return that is asked for of it. */
  async returned(by: Someone): Promise<{ id: string; returnId: string }> {
    const id = await this.delivered(by);
    const { id: returnId } = must(await by.ask('POST', `/api/v1/orders/${id}/returns`, { reason: 'too small' }), 201);
    return { id, returnId: String(returnId) };
  }

  /** Waits until an answer is this one; for what follows from a command by itself. */
  shows(ask: () => Promise<Answered>, isRight: (answer: Answered) => boolean): Promise<Answered> {
    return eventually(async () => {
      const answer = await ask();
      if (!isRight(answer)) throw new Error(`still answered ${answer.status}: ${JSON.stringify(answer.body)?.slice(0, 500)}`);
      return answer;
    }, 30_000);
  }

  private async order(by: Someone, token: string, headers: Record<string, string>): Promise<string> {
    const order = { country: 'France', lines: [{ sku: await this.product(), quantity: 2 }], payment: { token } };
    const { id, status } = must(await by.ask('POST', '/api/v1/orders', order, headers), 201);
    if (token === 'tok_approve' && status !== 'confirmed') throw new Error(`the order is ${String(status)}`);
    return String(id);
  }
}
