import type { TestServer } from '@testing/server.js';

export interface SalesFigures {
  readonly orders: number;
  readonly units: number;
  readonly gross: string;
  readonly cancelled: string;
  readonly credits: string;
  readonly net: string;
}
export interface SalesRow extends SalesFigures {
  readonly bucket: string;
  readonly key?: string | null;
}
export interface Sales {
  readonly rows: readonly SalesRow[];
  readonly totals: SalesFigures;
}

/** The server's API as its administrator, for specs. */
export class AdminClient {
  private token: string | undefined;

  constructor(private readonly server: TestServer) {}

  /** @throws Error unless the answer is 2xx */
  async get<T>(path: string): Promise<T> {
    this.token ??= await this.signIn();
    const response = await fetch(`${this.server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${this.token}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  sales(query: Record<string, string>): Promise<Sales> {
    return this.get<Sales>(`/analytics/sales?${new URLSearchParams(query)}`);
  }

  private async signIn(): Promise<string> {
    const { adminEmail: email, adminPassword: password } = this.server;
    const response = await fetch(`${this.server.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    if (!response.ok) throw new Error(`cannot sign in: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { accessToken: string }).accessToken;
  }
}
