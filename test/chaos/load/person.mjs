// One person at the gateway, whose commands are sent again until they are answered for good.
import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 15_000;
const PAUSE_MS = 300;
/** A command that has no answer by then never gets one: whoever waits for quiet says so, rather than for ever. */
const PATIENCE_MS = 300_000;
const PASSWORD = 'correct horse battery staple';

export class Person {
  #url;
  #account;
  #token;
  #signal;

  /** @param {{ url: string, account: { email: string, password: string }, signal: AbortSignal }} options */
  constructor({ url, account, signal }) {
    this.#url = url;
    this.#account = account;
    this.#signal = signal;
  }

  static async registered(options, email) {
    const person = new Person({ ...options, account: { email, password: PASSWORD } });
    for (;;) {
      const answer = await person.#once('POST', '/auth/register', { email, password: PASSWORD, name: 'Ada Lovelace' }, { 'idempotency-key': email });
      if (answer.status === 201 || answer.status === 409) return person;
      if (answer.status !== 0 && answer.status < 500) throw new Error(`registering ${email} was answered ${answer.status} ${answer.code}`);
      await sleep(PAUSE_MS);
    }
  }

  /**
   * One command under its key, sent until it is answered for good.
   * @param {import('./journal.mjs').Asked} asked
   * @param {{ path: string, body?: object, senders?: number }} request by how many at once
   * @returns the answer that counts, the first that succeeded; undefined where the run ended before, or nobody answers
   */
  async command(asked, { path, body = {}, senders = 1 }) {
    asked.senders += senders;
    const outcomes = await Promise.all(Array.from({ length: senders }, () => this.#send(asked, path, body)));
    return outcomes.find((outcome) => outcome && outcome.status < 300) ?? outcomes[0];
  }

  async #send(asked, path, body) {
    for (const until = performance.now() + PATIENCE_MS; !this.#signal.aborted && performance.now() < until;) {
      const answer = await this.#signedIn('POST', path, body, { 'idempotency-key': asked.key });
      const { status, code, ms } = answer;
      asked.answers.push({ at: Date.now(), ms, status, code });
      if (isForGood(answer)) {
        const outcome = { status, code, body: answer.body, version: answer.version, token: answer.token };
        asked.outcomes.push(outcome);
        return outcome;
      }
      await sleep(PAUSE_MS);
    }
    return undefined;
  }

  get(path, headers = {}) {
    return this.#signedIn('GET', path, undefined, headers);
  }

  /** What is no command of the load's: nothing of it is written down. */
  post(path, body = {}, timeoutMs = TIMEOUT_MS) {
    return this.#signedIn('POST', path, body, {}, timeoutMs);
  }

  async #signedIn(method, path, body, headers, timeoutMs) {
    if (!this.#token) {
      const answer = await this.#once('POST', '/auth/login', this.#account, {});
      if (answer.status !== 200 && answer.status !== 201) return { ...answer, status: answer.status === 401 ? 0 : answer.status };
      this.#token = answer.body.accessToken;
    }
    const answer = await this.#once(method, path, body, { ...headers, authorization: `Bearer ${this.#token}` }, timeoutMs);
    if (answer.status === 401) this.#token = undefined;
    return answer;
  }

  async #once(method, path, body, headers, timeoutMs = TIMEOUT_MS) {
    const begin = performance.now();
    try {
      const response = await fetch(`${this.#url}/api/v1${path}`, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      const parsed = text === '' ? {} : JSON.parse(text);
      const etag = /^"(\d+)/.exec(response.headers.get('etag') ?? '')?.[1];
      const token = response.headers.get('consistency-token') ?? undefined;
      return { status: response.status, body: parsed, code: parsed.code, version: etag && Number(etag), token, ms: performance.now() - begin };
    } catch (error) {
      return { status: 0, body: {}, code: error.cause?.code ?? error.name, ms: performance.now() - begin };
    }
  }
}

const AGAIN = new Set([0, 401, 429]);
const isForGood = ({ status, code }) => !AGAIN.has(status) && status < 500 && code !== 'idempotency.in-flight';
