import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Sent {
  readonly idempotencyKey: string;
}

/** A server of the bulk endpoint's shape that remembers keys, for the importer's own specs; misbehaves as it is told to. */
export class FakeImportServer {
  readonly seen = new Map<string, Sent>();
  readonly batches: number[] = [];
  signIns = 0;
  /** Called before every request; answers it and returns true, or leaves it. */
  interfere: (request: IncomingMessage, response: ServerResponse, body: string) => boolean = () => false;
  refuse: (command: Sent) => { code: string; detail: string } | undefined = () => undefined;
  private server!: Server;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (this.interfere(request, response, body)) return;
    if (request.url === '/api/v1/auth/login') {
      this.signIns++;
      const { password } = JSON.parse(body) as { password: string };
      return password === 'right'
        ? json(response, 200, { accessToken: `t${this.signIns}` })
        : json(response, 401, { detail: 'Email or password is wrong' });
    }
    if (request.url !== '/api/v1/import/batch') return json(response, 404, { title: 'Not Found' });
    const { commands } = JSON.parse(body) as { commands: Sent[] };
    this.batches.push(commands.length);
    json(response, 200, { results: commands.map((command) => this.handle(command)), token: `ordering=${this.batches.length}` });
  }

  private handle(command: Sent): object {
    const { idempotencyKey } = command;
    const refusal = this.refuse(command);
    if (refusal) return { idempotencyKey, outcome: 'refused', ...refusal };
    const outcome = this.seen.has(idempotencyKey) ? 'replayed' : 'created';
    this.seen.set(idempotencyKey, command);
    return { idempotencyKey, outcome };
  }
}

export function json(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
