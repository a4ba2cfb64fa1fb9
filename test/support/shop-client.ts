import { randomUUID } from 'node:crypto';
import { createClient, type Client } from '@api-client/client/index.js';
import { createProduct, logIn, moveStock, register } from '@api-client/sdk.gen.js';
import { startServer, type ServerOptions, type TestServer } from '@testing/server.js';

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Ask {
  readonly body?: unknown;
  /** Sent as it is, in the place of `body`. */
  readonly text?: string;
  readonly headers?: Record<string, string>;
}

/** One signed-in person at a server's API. */
export class Person {
  /** For operations of the generated client. */
  readonly client: Client;

  constructor(
    private readonly server: TestServer,
    private readonly token: string | null,
    readonly id: string,
  ) {
    this.client = createClient({ baseUrl: server.url, ...(token !== null && { auth: token }) });
  }

  /** The same person, as signed in as here, at another server that knows them. */
  at(server: TestServer): Person {
    return new Person(server, this.token, this.id);
  }

  /** For requests that are put together by hand; none for a stranger. */
  get authorization(): Record<string, string> {
    return this.token === null ? {} : { authorization: `Bearer ${this.token}` };
  }

  async ask<Body = Record<string, unknown>>(method: string, path: string, { body, text, headers = {} }: Ask = {}): Promise<Answer<Body>> {
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${this.server.url}/api/v1${path}`, {
      method,
      headers: {
        ...this.authorization,
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload !== undefined && { body: payload }),
    });
    const answered = await response.text();
    return { status: response.status, headers: response.headers, body: (answered === '' ? null : JSON.parse(answered)) as Body };
  }

  get<Body = Record<string, unknown>>(path: string, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    return this.ask<Body>('GET', path, { headers });
  }

  post<Body = Record<string, unknown>>(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    return this.ask<Body>('POST', path, { headers, ...(body !== undefined && { body }) });
  }
}

const PASSWORD = 'correct horse battery';

/** A server with a product or two, its administrator and customers. */
export class Shop {
  private constructor(
    readonly server: TestServer,
    readonly admin: Person,
    readonly stranger: Person,
  ) {}

  static async open(options: ServerOptions = {}): Promise<Shop> {
    return Shop.at(await startServer(options));
  }

  /** The shop of a server that runs already. */
  static async at(server: TestServer): Promise<Shop> {
    const stranger = new Person(server, null, 'stranger');
    const admin = await signIn(stranger, server, server.adminEmail, server.adminPassword);
    return new Shop(server, admin, stranger);
  }

  /** A customer that nobody has seen before, signed in. */
  async customer(): Promise<Person> {
    const email = `${randomUUID()}@shop.example`;
    const body = { email, password: PASSWORD, name: 'Ada Lovelace' };
    const { data } = await register({ client: this.stranger.client, body, throwOnError: true });
    return signIn(this.stranger, this.server, email, PASSWORD, data.id);
  }

  /** A new product of its own SKU, with so many on stock. */
  async product({ amount = '2.55', category = 'Lighting', stock = 10_000 } = {}): Promise<string> {
    const sku = `SKU-${randomUUID()}`;
    const [{ client }, body] = [this.admin, { sku, name: 'White hanging heart', category, price: { amount, currency: 'GBP' } }];
    await createProduct({ client, body, throwOnError: true });
    if (stock > 0) await moveStock({ client, path: { sku }, body: { quantity: stock, reason: 'received' }, throwOnError: true });
    return sku;
  }

  close(): Promise<void> {
    return this.server.dispose();
  }
}

async function signIn(stranger: Person, server: TestServer, email: string, password: string, id = 'admin'): Promise<Person> {
  const { data } = await logIn({ client: stranger.client, body: { email, password }, throwOnError: true });
  return new Person(server, data.accessToken, id);
}
