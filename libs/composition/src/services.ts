import type { TlsOptions } from 'node:tls';
import { RpcClient } from '@adapters/rpc/src/rpc-client.js';
import { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import { StartupError } from '@adapters/runtime/src/startup-error.js';
import type { Breakers } from '@kernel/ports/breakers.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RpcConfig } from './config/role-sections.js';
import type { Service } from './contexts.js';

const PING = 'ping';
/** Longest that a start waits for a service that it cannot do without, ms. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 250;

/** The other services, each asked over a client of its own. */
export class Services {
  private readonly clients = new Map<string, RpcClient>();

  constructor(
    private readonly config: RpcConfig,
    private readonly breakers: Breakers,
    private readonly scope: RequestContext,
  ) {}

  /** @param purpose tells clients of one service apart that have time-outs of their own */
  of(service: Service, { purpose = '', timeoutMs = this.config.timeoutMs } = {}): RpcClient {
    const name = purpose === '' ? service : `${service} ${purpose}`;
    const known = this.clients.get(name);
    if (known) return known;
    const addresses = this.config.addresses[service];
    if (!addresses) throw new Error(`the configuration names no address of ${service}`);
    const { secret, previousSecret, tls } = this.config;
    const { breakers, scope } = this;
    const client = new RpcClient({ service: name, addresses, secret, previousSecret, timeoutMs, breakers, scope, ...(tls && { tls }) });
    this.clients.set(name, client);
    return client;
  }

  /** Waits until a service answers. @throws StartupError where it does not for a minute */
  async reach(service: Service, patienceMs = PATIENCE_MS): Promise<void> {
    for (const deadline = performance.now() + patienceMs; ; await sleep(PAUSE_MS)) {
      const away = await this.of(service)
        .call(PING)
        .then(
          () => false,
          () => true,
        );
      if (!away) return;
      if (performance.now() > deadline)
        throw new StartupError(`${service} does not answer at ${this.config.addresses[service]!.join(', ')}: start it, and compare RPC_SECRET.`);
    }
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }
}

/** Where this process answers others. */
export function serviceServer({ host, port, secret, previousSecret, tls }: RpcConfig, scope: RequestContext): RpcServer {
  // Whoever asks shows a certificate as well.
  const mutual: TlsOptions | undefined = tls && { ...tls, requestCert: true, rejectUnauthorized: true };
  const server = new RpcServer({ host, port, secret, previousSecret, scope, ...(mutual && { tls: mutual }) });
  server.answer(PING, () => true);
  return server;
}
