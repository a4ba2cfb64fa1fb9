import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a client and a real server, which can die for that client alone. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private isSilent = false;

  private constructor(
    private readonly target: { readonly host: string; readonly port: number },
    private server: Server,
    readonly port: number,
  ) {}

  /** Before the server that a connection string names. */
  static async before(url: string): Promise<TcpProxy> {
    const { hostname: host, port } = new URL(url);
    const server = createServer();
    await listen(server, 0);
    const proxy = new TcpProxy({ host, port: Number(port) }, server, (server.address() as AddressInfo).port);
    proxy.serve();
    return proxy;
  }

  /** Sockets that are open, on either side. */
  get connections(): number {
    return this.sockets.size;
  }

  /** The same connection string by way of the proxy. */
  via(url: string): string {
    const through = new URL(url);
    [through.hostname, through.port] = ['127.0.0.1', String(this.port)];
    return through.href;
  }

  /** Connections break, and new ones are refused. */
  async kill(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async restart(): Promise<void> {
    this.server = createServer();
    this.serve();
    await listen(this.server, this.port);
  }

  /** Connections stay, new ones are taken, and nobody is answered. */
  hang(): void {
    this.isSilent = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Whoever waited meanwhile is let go. */
  goOn(): void {
    this.isSilent = false;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.kill();
  }

  private serve(): void {
    this.server.on('connection', (client) => {
      const server = this.isSilent ? null : connect(this.target);
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        if (!one) continue;
        this.sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => {
          this.sockets.delete(one);
          other?.destroy();
        });
      }
      if (server) client.pipe(server).pipe(client);
    });
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
