import { randomUUID } from 'node:crypto';
import type { WholeApp } from '../support/whole-app.js';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Null where it is no JSON. */
  readonly body: Record<string, unknown> | null;
}

/** Somebody at the API with an access token, or without one. */
export interface Someone {
  readonly id: string;
  readonly email: string;
  readonly token: string | null;
  readonly refreshToken: string;
  ask(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answered>;
}

const PASSWORD = 'correct horse battery';

/** People of an application, as they would come by: registered, given roles by its administrator, and signed in. */
export class People {
  readonly nobody = this.with(null, '', '');
  private boss: Promise<Someone> | undefined;
  private readonly holders = new Map<string, Promise<Someone>>();

  constructor(
    private readonly app: Pick<WholeApp, 'url'>,
    private readonly admin: { readonly email: string; readonly password: string },
  ) {}

  administrator(): Promise<Someone> {
    return (this.boss ??= this.signIn('', this.admin.email, this.admin.password));
  }

  /** Somebody new with exactly these roles. */
  async having(...roles: string[]): Promise<Someone> {
    const email = `${randomUUID()}@shop.example`;
    const registered = await this.nobody.ask('POST', '/api/v1/auth/register', { email, password: PASSWORD, name: 'Ada Lovelace' });
    const id = String(must(registered, 201)['id']);
    if (roles.join() !== 'customer') must(await (await this.administrator()).ask('PUT', `/api/v1/users/${id}/roles`, { roles }), 200);
    return this.signIn(id, email, PASSWORD);
  }

  /** Somebody with a role of exactly these permissions, the same person each time. */
  holding(...permissions: string[]): Promise<Someone> {
    const known = this.holders.get(permissions.join());
    const holder = known ?? this.newlyHolding(...permissions);
    this.holders.set(permissions.join(), holder);
    return holder;
  }

  /** Somebody new with a role of exactly these permissions. */
  async newlyHolding(...permissions: string[]): Promise<Someone> {
    const role = `r-${randomUUID()}`.slice(0, 30).replace(/-+$/, '');
    must(await (await this.administrator()).ask('PUT', `/api/v1/admin/roles/${role}`, { permissions }), 201);
    return this.having(role);
  }

  /** The same person with the access token that the refresh token is exchanged for. */
  async refreshed({ id, email, refreshToken }: Someone): Promise<Someone> {
    const body = must(await this.nobody.ask('POST', '/api/v1/auth/refresh', { refreshToken }), 200);
    return this.with(String(body['accessToken']), id, email, String(body['refreshToken']));
  }

  private async signIn(id: string, email: string, password: string): Promise<Someone> {
    const body = must(await this.nobody.ask('POST', '/api/v1/auth/login', { email, password }), 200);
    return this.with(String(body['accessToken']), id, email, String(body['refreshToken']));
  }

  private with(token: string | null, id: string, email: string, refreshToken = ''): Someone {
    return { id, email, token, refreshToken, ask: (method, path, body, headers) => this.ask(token, method, path, body, headers) };
  }

  private async ask(token: string | null, method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<Answered> {
    const response = await fetch(`${this.app.url}${path}`, {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }), ...more },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson && text ? (JSON.parse(text) as Record<string, unknown>) : null };
  }
}

/** The body of an answer that must have this status. */
export function must({ status, body }: Answered, expected: number): Record<string, unknown> {
  if (status !== expected) throw new Error(`answered ${status} and not ${expected}: ${JSON.stringify(body)}`);
  return body ?? {};
}
