import type { ConnectionOptions } from 'node:tls';
import { Logger } from '@nestjs/common';
import type { Breakers } from '@kernel/ports/breakers.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import type { Secrets } from './rpc-message.js';
import { NoAnswer, RpcPeer } from './rpc-peer.js';

/** Failures in a row after which an address is left out, and for how long, ms. */
const FAILURES = 3;
const RETRY_AFTER_MS = 2_000;
/** A service that does not answer is told of once in so long, ms. */
const COMPLAIN_MS = 10_000;

export interface RpcClientOptions extends Secrets {
  /** Name of the service that is asked, for people and metrics. */
  readonly service: string;
  /** `host:port` of each of its processes. */
  readonly addresses: readonly string[];
  /** Longest that one server may take over one call, ms. */
  readonly timeoutMs: number;
  readonly tls?: ConnectionOptions;
  readonly breakers: Breakers;
  readonly scope: RequestContext;
}

/** Asks another service, whichever of its servers answers. */
export class RpcClient {
  private readonly logger = new Logger(RpcClient.name);
  private readonly peers: readonly RpcPeer[];
  private next = 0;
  private complainedAt = -Infinity;

  constructor(private readonly options: RpcClientOptions) {
    this.peers = options.addresses.map((address) => this.peer(address));
  }

  /** @throws Refusal as the service gave it; `service.unavailable` where none of its servers answers in time */
  async call<Answer>(method: string, args: unknown = {}): Promise<Answer> {
    let reason = 'it has no address';
    // Not always the same first, so that the servers share the work.
    const first = this.next++;
    for (let turn = 0; turn < this.peers.length; turn++) {
      try {
        return (await this.peers[(first + turn) % this.peers.length]!.call(method, args)) as Answer;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        reason = error.message;
      }
    }
    this.complain(method, reason);
    const { service } = this.options;
    throw new Refusal('service.unavailable', 'unavailable', `The ${service} service does not answer now: try again in a moment`, { service });
  }

  close(): void {
    for (const peer of this.peers) peer.close();
  }

  private peer(address: string): RpcPeer {
    const { service, timeoutMs, breakers, ...options } = this.options;
    const at = address.lastIndexOf(':');
    const refusal = (why: 'open' | 'timeout') => new NoAnswer(why === 'open' ? 'it did not answer before' : `no answer within ${timeoutMs} ms`);
    const breaker = breakers.make(`rpc ${service} ${address}`, { timeoutMs, failures: FAILURES, retryAfterMs: RETRY_AFTER_MS, refusal });
    return new RpcPeer({ ...options, host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)), breaker });
  }

  private complain(method: string, reason: string): void {
    if (performance.now() - this.complainedAt < COMPLAIN_MS) return;
    this.complainedAt = performance.now();
    this.logger.warn(`${this.options.service} does not answer ${method}: ${reason}`);
  }
}
