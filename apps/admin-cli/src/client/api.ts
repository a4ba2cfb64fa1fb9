import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type Client } from '@api-client/client/index.js';
import { logIn, logOut } from '@api-client/sdk.gen.js';
import type { Credentials } from './credentials.js';
import { Failure } from './failure.js';

/** An answer that the server gave and meant: 2xx, or a refusal (4xx) as problem+json. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

export interface ApiOptions {
  readonly url: string;
  readonly credentials: () => Promise<Credentials>;
  /** How long the server may be away, in seconds, before giving up. */
  readonly retrySeconds: number;
  /** How long one request may take, in milliseconds; long work (an audit) takes more than the usual two minutes. */
  readonly timeoutMs?: number;
  /** Called when the server goes away, with the reason, and with undefined once it is back. */
  readonly onOutage?: (reason: string | undefined) => void;
}

/** What the generated client's operations resolve to. */
type Asked<Body> = Promise<{ readonly data?: Body | undefined; readonly error?: unknown; readonly response?: Response | undefined }>;

/** A request that can be sent again. */
interface Repeatable {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/** What a restart, a full queue or a broken connection looks like: the same request may succeed later. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3_000;
/** Somewhat more than the longest window of the server's sign-in limit. */
const LONGEST_LIMIT_MS = 90_000;
const REQUEST_TIMEOUT_MS = 120_000;
/** Longest that an end waits for the server to end a session, ms. */
const LOG_OUT_MS = 3_000;

/**
 * The server's API as an administrator. Every request that it makes may be repeated safely, so it is: while the server is away or
 * overloaded, with growing pauses. It signs in again when its token has run out or is no longer known.
 */
export class Api {
  /** Those who are signed in. */
  private static readonly signedIn = new Set<Api>();
  private readonly client: Client;
  private readonly stranger: Client;
  private token: Promise<string> | undefined;
  private away: { since: number } | undefined;

  constructor(private readonly options: ApiOptions) {
    const client = (send: (request: Repeatable) => Promise<Response>): Client =>
      createClient({ baseUrl: options.url, fetch: async (request) => send(await repeatable(request as Request)) });
    this.client = client((request) => this.asUser(request));
    this.stranger = client((request) => this.send(request));
  }

  /** Carries out an operation of the generated client. @throws Failure when the server stays away, or refuses the administrator */
  ask<Body>(operation: (client: Client) => Asked<Body>): Promise<Answer<Body>> {
    return answerOf(operation(this.client));
  }

  /** What has no operation at hand, such as a path that a script made. @throws Failure as `ask` does */
  request(method: 'GET' | 'POST', url: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask((client) => client.request({ method, url, body, bodySerializer: null, headers }));
  }

  /** Ends the sessions of everybody who signed in, as far as the server lets itself be told: what is left open ends by itself. */
  static async logOutAll(): Promise<void> {
    await Promise.all([...Api.signedIn].map((api) => api.logOut()));
  }

  private async logOut(): Promise<void> {
    const token = await this.token?.catch(() => undefined);
    Api.signedIn.delete(this);
    this.token = undefined;
    if (token === undefined) return;
    const once = createClient({ baseUrl: this.options.url, headers: { authorization: `Bearer ${token}` } });
    await logOut({ client: once, signal: AbortSignal.timeout(LOG_OUT_MS) }).catch(() => undefined);
  }

  private async asUser(request: Repeatable): Promise<Response> {
    for (let signIns = 0; ; signIns++) {
      request.headers.set('authorization', `Bearer ${await (this.token ??= this.signIn())}`);
      const response = await this.send(request);
      if (response.status === 403) throw new Failure(`${this.options.url} does not let this user do that: ${await refusalOf(response)}`);
      if (response.status !== 401) return response;
      if (signIns > 0) throw new Failure(`${this.options.url} does not accept its own token: ${await refusalOf(response)}`);
      this.token = undefined;
    }
  }

  private async signIn(): Promise<string> {
    const { email, password } = await this.options.credentials();
    const answer = await answerOf(logIn({ client: this.stranger, body: { email, password } }));
    if (answer.status < 300 && typeof answer.body?.accessToken === 'string') {
      Api.signedIn.add(this);
      return answer.body.accessToken;
    }
    throw new Failure(`${this.options.url} refuses to sign in ${email}: ${detailOf(answer)}. Check ADMIN_EMAIL and ADMIN_PASSWORD, or DATA_DIR.`);
  }

  private async send(request: Repeatable): Promise<Response> {
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      const response = await this.tryOnce(request);
      if (typeof response !== 'string' && !PASSING.has(response.status)) {
        if (this.away) this.options.onOutage?.(undefined);
        this.away = undefined;
        return response;
      }
      const reason = typeof response === 'string' ? response : `${response.status} ${await refusalOf(response)}`;
      if (!this.away) {
        this.away = { since: performance.now() };
        this.options.onOutage?.(reason);
      }
      // A limit is told before anything was done, so waiting for it is safe even where a request must not be repeated.
      const patience = typeof response !== 'string' && response.status === 429 ? LONGEST_LIMIT_MS : this.options.retrySeconds * 1000;
      if (performance.now() - this.away.since >= patience) {
        throw new Failure(
          `No good answer from ${this.options.url} for ${Math.round((performance.now() - this.away.since) / 1000)} s (${reason}). Is it running there?`,
        );
      }
      const asked = typeof response === 'string' ? 0 : Number(response.headers.get('retry-after') ?? 0) * 1000;
      await pause(Math.max(wait, Math.min(asked || 0, 60_000)));
    }
  }

  /** The answer, read to its end, or in words why there is none. */
  private async tryOnce({ url, method, headers, body }: Repeatable): Promise<Response | string> {
    try {
      const signal = AbortSignal.timeout(this.options.timeoutMs ?? REQUEST_TIMEOUT_MS);
      const response = await fetch(url, { method, headers, signal, ...(body !== undefined && { body }) });
      const text = await response.text();
      return new Response(text === '' ? null : text, { status: response.status, headers: response.headers });
    } catch (error) {
      const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
      return cause?.code ?? cause?.message ?? (error as Error).message;
    }
  }
}

async function repeatable(request: Request): Promise<Repeatable> {
  const { url, method, headers } = request;
  return { url, method, headers, body: request.body === null ? undefined : await request.text() };
}

async function answerOf<Body>(asked: Asked<Body>): Promise<Answer<Body>> {
  const { data, error, response } = await asked;
  // Without one, what was thrown on the way is the error.
  if (!response) throw error;
  return { status: response.status, headers: response.headers, body: (response.ok ? data : error) as Body };
}

async function refusalOf(response: Response): Promise<string> {
  const text = await response.text();
  return detailOf({ status: response.status, body: parsed(text), headers: response.headers });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What a refusal says, in its own words. */
export function detailOf({ status, body }: Answer): string {
  const { detail, title } = (body ?? {}) as { detail?: unknown; title?: unknown };
  return typeof detail === 'string' ? detail : typeof title === 'string' ? title : `status ${status}`;
}
