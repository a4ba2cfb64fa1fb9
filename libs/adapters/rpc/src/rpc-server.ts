import type { AddressInfo, Server } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ServerTCP, type TcpContext } from '@nestjs/microservices';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import { answerTo, HELLO, isFresh, PATTERN, QUESTION, sign, verified, type Call, type Reply, type Secrets, type Signed } from './rpc-message.js';
import { StrangerSocket } from './stranger-socket.js';

/** Longest time for what is asked to be answered once the server stops, ms. */
const DRAIN_MS = 10_000;
/** Strangers who knock are told of once in so long, ms. */
const COMPLAIN_MS = 60_000;

export interface RpcServerOptions extends Secrets {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: TlsOptions;
  readonly scope: RequestContext;
}

type Answer = (args: never) => unknown;

/** What is no call is told of by whoever keeps count, and not line by line in the words of whoever sent it. */
class QuietServer extends ServerTCP {
  onNonsense: () => void = () => undefined;

  override async handleEvent(): Promise<void> {
    this.onNonsense();
  }

  protected override handleError(): void {
    this.onNonsense();
  }
}

/** Answers other services: request and reply over TCP, for those alone who have the secret. */
export class RpcServer {
  private readonly logger = new Logger(RpcServer.name);
  private readonly answers = new Map<string, Answer>();
  private readonly server: QuietServer;
  private inHand = 0;
  private stopping = false;
  private complainedAt = -Infinity;

  constructor(private readonly options: RpcServerOptions) {
    const { host, port, tls } = options;
    this.server = new QuietServer({ host, port, socketClass: StrangerSocket, ...(tls && { tlsOptions: tls }) });
    this.server.onNonsense = () => void this.deny('no call at all');
    this.server.addHandler(PATTERN, (signed: unknown, context: TcpContext) => this.take(signed, context));
    this.answer(HELLO, () => null);
  }

  /**
   * Answers a method. It must be safe to ask twice: a caller that heard nothing asks the next server.
   * What it takes and gives is JSON. A refusal reaches the caller as it is.
   */
  answer<Args>(method: string, answer: (args: Args) => unknown): void {
    if (this.answers.has(method)) throw new Error(`${method} is answered already`);
    this.answers.set(method, answer as Answer);
  }

  /** Resolves with the port. @throws Error where it cannot listen */
  async start(): Promise<number> {
    const server = this.server.unwrap<Server>();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      this.server.listen(() => resolve());
    });
    return (server.address() as AddressInfo).port;
  }

  /** Takes no more, answers what is in hand, and ends. */
  async stop(): Promise<void> {
    this.stopping = true;
    const server = this.server.unwrap<Server>();
    if (!server.listening) return;
    server.close();
    for (const deadline = performance.now() + DRAIN_MS; this.inHand > 0 && performance.now() < deadline;) await sleep(5);
    // The last answers are written in the turn that follows.
    await sleep(5);
    this.server.close();
  }

  private async take(signed: unknown, context: TcpContext): Promise<Signed | { denied: string }> {
    const call = this.read(signed);
    if (typeof call === 'string') return this.deny(call);
    (context.getSocketRef() as unknown as StrangerSocket).trust();
    this.inHand++;
    try {
      return sign(this.options.secret, answerTo(call.nonce), JSON.stringify(await this.reply(call)));
    } finally {
      this.inHand--;
    }
  }

  /** The call, or why it is not answered. */
  private read(signed: unknown): Call | string {
    const text = verified(this.options, QUESTION, signed);
    if (text === null) return 'not signed with the RPC_SECRET of this service';
    const call = JSON.parse(text) as Call;
    return isFresh(call, Date.now()) ? call : 'signed too long ago or in the future: compare the clocks of the two machines';
  }

  private deny(reason: string): { denied: string } {
    const now = performance.now();
    if (now - this.complainedAt > COMPLAIN_MS) this.logger.warn(`a call was refused: it was ${reason}`);
    if (now - this.complainedAt > COMPLAIN_MS) this.complainedAt = now;
    return { denied: reason };
  }

  private async reply({ method, args, scope }: Call): Promise<Reply> {
    const answer = this.answers.get(method);
    if (this.stopping) return { failed: 'stopping' };
    if (!answer) return { failed: `nothing answers ${method} here` };
    try {
      const ok = await this.options.scope.run({ ...scope, idempotency: null, expectedVersion: null }, () => answer(args as never));
      return { ok: ok ?? null };
    } catch (error) {
      if (error instanceof Refusal) return { refusal: { code: error.code, kind: error.kind, message: error.message, details: error.details } };
      this.logger.error(`${method} failed: ${String(error)}`, (error as Error | undefined)?.stack);
      // What went wrong is for this service's log: it may tell of data.
      return { failed: 'an error that nobody foresaw; its log tells more' };
    }
  }
}
