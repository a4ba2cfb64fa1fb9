import { randomUUID } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { ClientTCP } from '@nestjs/microservices';
import type { Breaker } from '@kernel/ports/breakers.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import { lastValueFrom, Observable, takeUntil } from 'rxjs';
import {
  answerTo,
  HELLO,
  LARGE_QUESTION,
  LARGEST_MESSAGE,
  PATTERN,
  QUESTION,
  sign,
  verified,
  type Call,
  type Reply,
  type Secrets,
} from './rpc-message.js';

/** The server at this address gave no answer, whatever the reason: another may. */
export class NoAnswer extends Error {}

export interface RpcPeerOptions extends Secrets {
  readonly host: string;
  readonly port: number;
  readonly tls?: ConnectionOptions;
  readonly breaker: Breaker;
  readonly scope: RequestContext;
}

/** One address of a service, over one connection that is opened when it is needed. */
export class RpcPeer {
  private readonly client: ClientTCP;
  private lastHeard = 0;
  /** The connection on which this end has made itself known. */
  private known: Socket | null = null;

  constructor(private readonly options: RpcPeerOptions) {
    const { host, port, tls } = options;
    this.client = new ClientTCP({
      host,
      port,
      maxBufferSize: LARGEST_MESSAGE,
      ...(tls && { tlsOptions: { ...(isIP(host) === 0 && { servername: host }), ...tls } }),
    });
  }

  /** @throws Refusal as the service gave it; NoAnswer */
  async call(method: string, args: unknown): Promise<unknown> {
    // Its refusals come back as values: to the breaker they are signs of life.
    const reply = await this.options.breaker.run((signal) => this.ask(method, args, signal)).catch(noAnswer);
    if ('refusal' in reply) {
      const { code, kind, message, details } = reply.refusal;
      throw new Refusal(code, kind, message, details);
    }
    if ('failed' in reply) throw new NoAnswer(reply.failed);
    return reply.ok;
  }

  close(): void {
    this.client.close();
  }

  private async ask(method: string, args: unknown, signal: AbortSignal): Promise<Reply> {
    const call = this.question(method, args);
    const text = JSON.stringify(call);
    const asked = performance.now();
    signal.addEventListener('abort', () => this.hangUpUnlessHeardSince(asked), { once: true });
    if (text.length > LARGE_QUESTION) await this.introduce(signal);
    return this.exchange(call, text, signal);
  }

  private question(method: string, args: unknown): Call {
    return { method, args, scope: this.scope(), sentAt: Date.now(), nonce: randomUUID() };
  }

  /** A server takes nothing large by a connection of which it does not know whose it is. */
  private async introduce(signal: AbortSignal): Promise<void> {
    if (this.known !== null && this.known === this.connection()) return;
    const hello = this.question(HELLO, {});
    await this.exchange(hello, JSON.stringify(hello), signal);
    this.known = this.connection();
  }

  private async exchange(call: Call, question: string, signal: AbortSignal): Promise<Reply> {
    const { secret } = this.options;
    const answer = await lastValueFrom(this.client.send<unknown>(PATTERN, sign(secret, QUESTION, question)).pipe(takeUntil(aborted(signal))));
    this.lastHeard = performance.now();
    const denied = (answer as { denied?: string } | null)?.denied;
    if (denied !== undefined) throw new NoAnswer(`the call was refused: it was ${denied}`);
    const text = verified(this.options, answerTo(call.nonce), answer);
    if (text === null) throw new NoAnswer('the answer is not signed with our RPC_SECRET');
    return JSON.parse(text) as Reply;
  }

  private scope(): Call['scope'] {
    const { requestId, principal, actor, correlationId, causationId, traceparent } = this.options.scope.current();
    return { requestId, principal, actor, correlationId, causationId, traceparent };
  }

  /** A connection that has gone silent may lead to nobody any more; the next call opens another. */
  private hangUpUnlessHeardSince(asked: number): void {
    if (this.lastHeard < asked) this.connection()?.destroy();
  }

  /** The one that there is, if there is one. */
  private connection(): Socket | null {
    try {
      return this.client.unwrap<Socket>();
    } catch {
      return null;
    }
  }
}

const aborted = (signal: AbortSignal): Observable<void> =>
  new Observable((subscriber) => signal.addEventListener('abort', () => subscriber.next(), { once: true }));

function noAnswer(error: unknown): never {
  throw error instanceof NoAnswer ? error : new NoAnswer(error instanceof Error ? error.message || error.name : String(error), { cause: error });
}
