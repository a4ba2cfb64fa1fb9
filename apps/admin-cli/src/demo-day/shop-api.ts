import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Api, type Answer, type ApiOptions, detailOf } from '../client/api.js';
import type { Credentials } from '../client/credentials.js';
import { Failure } from '../client/failure.js';

export type ShopApiOptions = Omit<ApiOptions, 'credentials' | 'onOutage'> & {
  readonly administrator: () => Promise<Credentials>;
  readonly seed: number;
  readonly onOutage?: (reason: string | undefined) => void;
};

const IN_FLIGHT_PAUSE_MS = 250;

/** One person at the shop's API. Whatever is asked under a key has one effect, however often the server is killed under it. */
export class Person {
  constructor(
    private readonly api: Api,
    private readonly prefix: string,
  ) {}

  /** @throws Failure unless the answer is 2xx */
  async get<Body>(path: string): Promise<Body> {
    const answer = await this.api.request('GET', `/api/v1${path}`);
    if (answer.status >= 300) throw new Failure(`GET ${path} was answered ${answer.status}: ${detailOf(answer)}.`);
    return answer.body as Body;
  }

  /** The answer, a refusal too. */
  async post(path: string, key: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    for (;;) {
      const answer = await this.api.request('POST', `/api/v1${path}`, JSON.stringify(body), {
        ...headers,
        'idempotency-key': `${this.prefix}:${key}`,
      });
      // The server still works on what was asked before the connection broke.
      if (codeOf(answer) !== 'idempotency.in-flight') return answer;
      await pause(IN_FLIGHT_PAUSE_MS);
    }
  }

  /** @throws Failure unless the answer is 2xx */
  async must(path: string, key: string, body?: object): Promise<Answer> {
    const answer = await this.post(path, key, body);
    if (answer.status >= 300) throw new Failure(`POST ${path} was refused: ${detailOf(answer)}.`);
    return answer;
  }
}

/** The people of one day: its administrator and its customers, each signing in when first needed. */
export class People {
  readonly administrator: Person;
  private readonly customers = new Map<number, Person>();
  private away = new Set<Api>();

  constructor(private readonly options: ShopApiOptions) {
    this.administrator = this.person(options.administrator);
  }

  customer(number: number): Person {
    const known = this.customers.get(number);
    if (known) return known;
    const person = this.person(() => this.credentials(number));
    this.customers.set(number, person);
    return person;
  }

  /** The customer's account; in a day that is played again it exists already. */
  async register(number: number): Promise<void> {
    await this.administrator.must('/auth/register', `customer-${number}`, { ...(await this.credentials(number)), name: `Customer ${number + 1}` });
  }

  /** A password that only who has the administrator's can know, and that is the same when the day is played again. */
  private async credentials(number: number): Promise<Credentials> {
    const email = `day-${this.options.seed}-${number + 1}@shop.example`;
    const { password } = await this.options.administrator();
    return { email, password: createHmac('sha256', password).update(email).digest('base64url') };
  }

  private person(credentials: () => Promise<Credentials>): Person {
    const api: Api = new Api({ ...this.options, credentials, onOutage: (reason) => this.tellOnce(api, reason) });
    return new Person(api, `day-${this.options.seed}`);
  }

  /** The server goes away once, however many notice. */
  private tellOnce(api: Api, reason: string | undefined): void {
    const before = this.away.size;
    if (reason === undefined) this.away.delete(api);
    else this.away.add(api);
    if ((before === 0) !== (this.away.size === 0)) this.options.onOutage?.(reason);
  }
}

export const codeOf = ({ status, body }: Answer): string | undefined => {
  const code = (body as { code?: unknown } | undefined)?.code;
  return status < 300 ? undefined : typeof code === 'string' ? code : `status-${status}`;
};
