import { setTimeout as pause } from 'node:timers/promises';
import type { Credentials } from './credentials.js';
import { Failure } from './failure.js';

/** An answer that the server gave and meant: 2xx, or a refusal (4xx) as problem+json. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
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

/** What a restart, a full queue or a broken connection looks like: the same request may succeed later. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3_000;
/** Somewhat more than the longest window of the server's sign-in limit. */
const LONGEST_LIMIT_MS = 90_000;
const REQUEST_TIMEOUT_MS = 120_000;

/**
 * The server's API as an administrator. Every request that it makes may be repeated safely, so it is: while the server is away or
 * overloaded, with growing pauses. It signs in again when its token has run out or is no longer known.
 */
export class Api {
  private token: Promise<string> | undefined;
  private away: { since: number } | undefined;

  constructor(private readonly options: ApiOptions) {}

  /** @throws Failure when the server stays away, or refuses the administrator */
  async request(method: 'GET' | 'POST', path: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
    for (let signIns = 0; ; signIns++) {
      const token = await (this.token ??= this.signIn());
      const answer = await this.send(method, path, body, { ...headers, authorization: `Bearer ${token}` });
      if (answer.status === 403) throw new Failure(`${this.options.url} does not let this user do that: ${detailOf(answer)}`);
      if (answer.status !== 401) return answer;
      if (signIns > 0) throw new Failure(`${this.options.url} does not accept its own token: ${detailOf(answer)}`);
      this.token = undefined;
    }
  }

  private async signIn(): Promise<string> {
    const { email, password } = await this.options.credentials();
    const answer = await this.send('POST', '/api/v1/auth/login', JSON.stringify({ email, password }), {});
    const token = (answer.body as { accessToken?: unknown } | undefined)?.accessToken;
    if (answer.status < 300 && typeof token === 'string') return token;
    throw new Failure(`${this.options.url} refuses to sign in ${email}: ${detailOf(answer)}. Check ADMIN_EMAIL and ADMIN_PASSWORD, or DATA_DIR.`);
  }

  private async send(method: string, path: string, body: string | undefined, headers: Record<string, string>): Promise<Answer> {
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      const answer = await this.tryOnce(method, path, body, headers);
      if (typeof answer !== 'string' && !PASSING.has(answer.status)) {
        if (this.away) this.options.onOutage?.(undefined);
        this.away = undefined;
        return answer;
      }
      const reason = typeof answer === 'string' ? answer : `${answer.status} ${detailOf(answer)}`;
      if (!this.away) {
        this.away = { since: performance.now() };
        this.options.onOutage?.(reason);
      }
      // A limit is told before anything was done, so waiting for it is safe even where a request must not be repeated.
      const patience = typeof answer !== 'string' && answer.status === 429 ? LONGEST_LIMIT_MS : this.options.retrySeconds * 1000;
      if (performance.now() - this.away.since >= patience) {
        throw new Failure(
          `No good answer from ${this.options.url} for ${Math.round((performance.now() - this.away.since) / 1000)} s (${reason}). Is it running there?`,
        );
      }
      const asked = typeof answer === 'string' ? 0 : Number(answer.headers.get('retry-after') ?? 0) * 1000;
      await pause(Math.max(wait, Math.min(asked || 0, 60_000)));
    }
  }

  /** The answer, or in words why there is none. */
  private async tryOnce(method: string, path: string, body: string | undefined, headers: Record<string, string>): Promise<Answer | string> {
    try {
      const response = await fetch(new URL(path, this.options.url), {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(this.options.timeoutMs ?? REQUEST_TIMEOUT_MS),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: parsed(text) };
    } catch (error) {
      const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
      return cause?.code ?? cause?.message ?? (error as Error).message;
    }
  }
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
