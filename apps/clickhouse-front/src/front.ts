import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drain } from '@adapters/runtime/src/shutdown.js';
import type { StartupLog } from '@adapters/runtime/src/startup-error.js';
import { authenticate, type Credentials } from './credentials.js';
import type { Engine } from './engine.js';
import { ClickHouseException } from './exceptions.js';
import { formFields, requestBody } from './request-body.js';
import { send, sendException } from './response.js';
import { isQuestion, statementOf, type Statement } from './statement.js';

export interface FrontOptions {
  readonly engine: Pick<Engine, 'run'>;
  readonly credentials: Credentials;
  /** Most bytes of one body, decompressed. */
  readonly maxBodyBytes: number;
  readonly log: StartupLog;
}

/** Longest that a request may take to arrive, ms. */
const ARRIVAL_MS = 120_000;
/** A client closes what is idle before the server does, or it would write into a closed connection. */
const KEEP_ALIVE_MS = 10_000;

/** ClickHouse's HTTP interface over the engine: what `@clickhouse/client` says to a server, and no more. */
export class Front {
  private readonly server: Server;

  constructor(private readonly options: FrontOptions) {
    this.server = createServer({ requestTimeout: ARRIVAL_MS, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      this.answer(request, response).catch((error: unknown) => this.fail(error, response));
    });
  }

  /** Resolves with the port that it listens on. */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no more statements and answers those in hand. */
  async stop(): Promise<void> {
    await drain(this.server);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: search } = new URL(request.url ?? '/', 'http://front');
    if (pathname === '/ping') return void response.setHeader('Content-Type', 'text/html; charset=UTF-8').end('Ok.\n');
    if (pathname !== '/') return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end(`There is no handle ${pathname}\n`);
    const queryId = search.get('query_id') || randomUUID();
    response.setHeader('X-ClickHouse-Query-Id', queryId);
    response.setHeader('X-ClickHouse-Server-Display-Name', 'nebulocart');
    authenticate(request, search, this.options.credentials);
    const statement = await this.read(request, search, queryId);
    if (!statement.sql.trim()) return void response.end('Ok.\n');
    await this.run(statement, request, response, search.get('enable_http_compression') === '1');
  }

  private async read(request: IncomingMessage, search: URLSearchParams, queryId: string): Promise<Statement> {
    const text = await requestBody(request, this.options.maxBodyBytes);
    const fields = await formFields(request, text);
    for (const [name, value] of fields ?? []) search.append(name, value);
    const header = (name: string) => request.headers[name] as string | undefined;
    const statement = statementOf({ search, body: fields ? '' : text, header, queryId });
    if (request.method !== 'POST' && statement.sql.trim() && !isQuestion(statement.sql)) {
      throw ClickHouseException.of('READONLY', 'Cannot execute query in readonly mode: only POST changes anything.');
    }
    return statement;
  }

  private async run(statement: Statement, request: IncomingMessage, response: ServerResponse, compress: boolean): Promise<void> {
    const answer = await this.options.engine.run(statement, () => !response.destroyed);
    try {
      await send(answer, { request, response, format: statement.format, compress, writes: !isQuestion(statement.sql) });
    } finally {
      await answer.end();
    }
  }

  private fail(error: unknown, response: ServerResponse): void {
    const exception = ClickHouseException.from(error);
    if (exception.status >= 500) {
      this.options.log.warn(`statement ${String(response.getHeader('X-ClickHouse-Query-Id'))} failed: ${exception.type} (${exception.code})`);
    }
    // What has begun cannot become an error any more.
    if (response.headersSent) response.destroy();
    else sendException(exception, response);
  }
}
