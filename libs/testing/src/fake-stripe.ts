import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Stripe } from 'stripe';
import { ApiError, FakeStripeLedger, type FakeEvent, type Params } from './fake-stripe-ledger.js';

/**
 * How the fake misbehaves while it is told to:
 * - `answers-lost`: does what it is asked, and hangs up
 * - `silent`: does what it is asked, and never answers
 * - `unreachable`: hangs up and does nothing
 * - `failing`: answers 500 and does nothing
 * - `failing-for-good`: does what it is asked, answers 500, and repeats that under the same key
 * - `busy`: answers 429 and does nothing
 */
export type Fault = 'answers-lost' | 'silent' | 'unreachable' | 'failing' | 'failing-for-good' | 'busy';

interface Answer {
  readonly status: number;
  readonly body: string;
}

const serverError = new ApiError(500, { type: 'api_error', message: 'An error occurred on our side.' });
const tooMany = new ApiError(429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' });

/** Stripe's HTTP API as far as payments go, in memory: form bodies, idempotency keys, its errors, its test cards, its signed webhooks. */
export class FakeStripe {
  readonly ledger = new FakeStripeLedger();
  readonly secretKey = 'sk_test_fake';
  readonly webhookSecret = 'whsec_fake';
  /** Method and path of every request, in order. */
  readonly requests: string[] = [];
  fault: Fault | null = null;
  private readonly kept = new Map<string, { readonly request: string; readonly answer: Answer }>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeStripe> {
    const server = createServer();
    const fake = new FakeStripe(server);
    server.on('request', (request, response) => void fake.serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** Forgets the idempotency keys, as Stripe does after a day. */
  forgetKeys(): void {
    this.kept.clear();
  }

  /** An event as Stripe would post it at a time. */
  webhook(event: FakeEvent, at = new Date()): { readonly body: string; readonly headers: Record<string, string> } {
    const body = JSON.stringify(event);
    return { body, headers: this.sign(body, at) };
  }

  /** The headers of a body, whatever it is. */
  sign(payload: string, at = new Date()): Record<string, string> {
    const timestamp = Math.floor(at.getTime() / 1_000);
    return { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret: this.webhookSecret, timestamp }) };
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    this.requests.push(`${request.method} ${request.url}`);
    const answer = this.fault === 'unreachable' ? null : this.answer(request, body);
    if (this.fault === 'silent') return;
    if (answer === null || this.fault === 'answers-lost') return void response.destroy();
    // Stripe tells its clients whether it is worth another try at once.
    response.writeHead(answer.status, { 'content-type': 'application/json', 'stripe-should-retry': 'false' }).end(answer.body);
  }

  private answer(request: IncomingMessage, body: string): Answer {
    try {
      if (request.headers.authorization !== `Bearer ${this.secretKey}`)
        throw new ApiError(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' });
      if (this.fault === 'failing') throw serverError;
      if (this.fault === 'busy') throw tooMany;
      return this.underKey(request, body);
    } catch (error) {
      return answerOf(error);
    }
  }

  /** Keeps the first answer to a key, whatever it is, and repeats it for the same request only. */
  private underKey(request: IncomingMessage, body: string): Answer {
    const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
    const asked = `${request.url}\n${body}`;
    const before = this.kept.get(String(key));
    if (before && before.request !== asked)
      throw new ApiError(400, { type: 'idempotency_error', message: `Keys for idempotent requests can only be used with the same parameters` });
    if (before) return before.answer;
    let answer = this.execute(request.method ?? '', new URL(request.url ?? '', this.url), new URLSearchParams(body));
    if (this.fault === 'failing-for-good' && key) answer = answerOf(serverError);
    if (key) this.kept.set(String(key), { request: asked, answer });
    return answer;
  }

  private execute(method: string, { pathname, searchParams }: URL, params: Params): Answer {
    const [, resource, id = '', step = ''] = pathname.slice('/v1'.length).split('/');
    const route = `${method} ${resource}${id && (id === 'search' ? '/search' : '/id')}${step && `/${step}`}`;
    const { ledger } = this;
    try {
      switch (route) {
        case 'POST payment_intents':
          return ok(ledger.create(params));
        case 'GET payment_intents/search':
          return ok({ object: 'search_result', data: ledger.search(searchParams.get('query') ?? ''), has_more: false });
        case 'GET payment_intents/id':
          return ok(ledger.retrieve(id));
        case 'POST payment_intents/id/capture':
          return ok(ledger.capture(id));
        case 'POST payment_intents/id/cancel':
          return ok(ledger.cancel(id));
        case 'POST refunds':
          return ok(ledger.refund(params));
        case 'GET refunds':
          return ok({ object: 'list', data: ledger.refundsOf(searchParams.get('payment_intent') ?? ''), has_more: false });
        default:
          throw new ApiError(404, { type: 'invalid_request_error', message: `Unrecognized request URL (${method}: ${pathname})` });
      }
    } catch (error) {
      return answerOf(error);
    }
  }
}

const ok = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) });

function answerOf(error: unknown): Answer {
  if (error instanceof ApiError) return { status: error.status, body: JSON.stringify({ error: error.body }) };
  throw error;
}

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
  return body;
}
