import { createClient, type Client } from '@api-client/client/index.js';
import { getSales, logIn } from '@api-client/sdk.gen.js';
import type { GetSalesData, SalesRowView, SalesView } from '@api-client/types.gen.js';
import type { TestServer } from '@testing/server.js';

export type SalesRow = SalesRowView;
export type Sales = SalesView;

/** The server's API as its administrator, for specs. */
export class AdminClient {
  private readonly client: Client;
  private token: Promise<string> | undefined;

  constructor(private readonly server: TestServer) {
    this.client = createClient({ baseUrl: server.url, throwOnError: true, auth: () => (this.token ??= this.signIn()) });
  }

  /** @throws the problem unless the answer is 2xx */
  async get<T>(path: string): Promise<T> {
    const security = [{ scheme: 'bearer', type: 'http' }] as const;
    const { data } = await this.client.get<{ 200: T }, unknown, true>({ url: `/api/v1${path}`, security, throwOnError: true });
    return data as T;
  }

  async sales(query: NonNullable<GetSalesData['query']>): Promise<Sales> {
    return (await getSales({ client: this.client, query, throwOnError: true })).data;
  }

  private async signIn(): Promise<string> {
    const { adminEmail: email, adminPassword: password } = this.server;
    const { data } = await logIn({ client: createClient({ baseUrl: this.server.url }), body: { email, password }, throwOnError: true });
    return data.accessToken;
  }
}
