import { chmodSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderGateway } from '../../deploy/nginx/render.mjs';
import { startNginx } from '../../scripts/engines/nginx.mjs';
import { freePorts } from '../../scripts/engines/server-process.mjs';

const SERVICES = ['identity', 'catalog', 'ordering', 'query'] as const;
export type Service = (typeof SERVICES)[number];

interface Seen {
  readonly service: string;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly url: string;
}

/** Services that answer with their names, and a real gateway before them. */
export class GatewayStubs {
  /** What has reached a service. */
  seen: Seen[] = [];
  /** Answers in the place of every service. */
  handler: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  services = {} as Record<Service, string[]>;
  private readonly servers: Server[] = [];

  private constructor(readonly directory: string) {}

  static async start(): Promise<GatewayStubs> {
    const directory = await mkdtemp(join(tmpdir(), 'nebulocart-gateway-'));
    chmodSync(directory, 0o755);
    const stubs = new GatewayStubs(directory);
    for (const service of SERVICES) stubs.services[service] = [await stubs.stub(service)];
    return stubs;
  }

  forget(): void {
    this.seen = [];
    this.handler = undefined;
  }

  /** Answers with its own name; its address. */
  async stub(service: string): Promise<string> {
    const server = createServer((request, response) => {
      this.seen.push({ service, method: request.method!, headers: request.headers, url: request.url! });
      if (this.handler) return this.handler(request, response);
      request.resume().on('end', () => response.end(service));
    });
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Runs the gateway for the time of `work`. */
  async run(options: Partial<Parameters<typeof renderGateway>[0]>, work: (url: string) => Promise<void>): Promise<void> {
    const [port] = (await freePorts(1)) as [number];
    const dir = await mkdtemp(join(this.directory, 'gateway-'));
    chmodSync(dir, 0o755);
    const config = join(dir, 'nginx.conf');
    const { services } = this;
    writeFileSync(config, renderGateway({ listen: `127.0.0.1:${port}`, tmp: dir, services, accessLog: join(dir, 'access.log'), ...options }));
    const nginx = await startNginx({ dir, config, port });
    try {
      await work(`http://127.0.0.1:${port}`);
    } finally {
      await nginx.stop();
    }
  }

  async close(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}
