import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fromUnits, times, toUnits } from '@kernel/money.js';
import { json } from './fake-import-server.js';

interface Line {
  readonly kind: 'goods';
  readonly sku: string;
  readonly quantity: number;
  readonly lineTotal: string;
}
interface Order {
  readonly id: string;
  status: string;
  readonly lines: readonly Line[];
  readonly total: string;
  readonly token: string;
  captured: string;
  refunded: string;
  readonly returns: { readonly id: string; readonly lines: readonly Line[] }[];
  readonly history: { readonly type: string; readonly data: object }[];
}
interface Answer {
  readonly status: number;
  readonly body: object;
}
type Quantities = readonly { readonly sku: string; readonly quantity: number }[];

const PRICE = '2.50';
const ok = (body: object, status = 200): Answer => ({ status, body });
const refused = (code: string, status = 409): Answer => ({ status, body: { code, detail: code } });
const valued = (lines: Quantities): Line[] => lines.map(({ sku, quantity }) => ({ kind: 'goods', sku, quantity, lineTotal: times(PRICE, quantity) }));
const totalOf = (lines: readonly Line[]): string => fromUnits(lines.reduce((sum, { lineTotal }) => sum + toUnits(lineTotal), 0n));

/** A shop of the API's shape, in memory, for the specs of what plays a day against it; misbehaves as it is told to. */
export class FakeShopServer {
  readonly stock = new Map<string, { onHand: number; reserved: number }>();
  readonly orders = new Map<string, Order>();
  readonly users = new Map<string, string>();
  /** Called before every request; true where it has answered it, or cut it off. */
  interfere: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  /** Called after a request was carried out; true where its answer is lost. */
  lose: (request: IncomingMessage) => boolean = () => false;
  /** Changes what a GET answers. */
  distort: (path: string, body: object) => object = (_, body) => body;
  /** So many polls of the running sagas find one. */
  busyPolls = 2;
  auditEqual = true;
  private readonly receipts = new Map<string, { readonly asked: string; readonly answer: Answer }>();
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (this.interfere(request, response)) return;
    const { status, body } = this.once(request, text);
    if (this.lose(request)) request.socket.destroy();
    else json(response, status, body);
  }

  private once(request: IncomingMessage, text: string): Answer {
    const { method, url, headers } = request;
    const path = url!.replace('/api/v1', '');
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    if (method === 'GET') return ok(this.distort(path, this.read(path)));
    const key = headers['idempotency-key'];
    if (key === undefined) return this.carryOut(path, body);
    const receipt = `${headers.authorization} ${key}`;
    const known = this.receipts.get(receipt);
    if (known) return known.asked === path + text ? known.answer : refused('idempotency.key-reused', 422);
    const answer = this.carryOut(path, body);
    if (answer.status < 300) this.receipts.set(receipt, { asked: path + text, answer });
    return answer;
  }

  private proof(): object {
    const missing = { key: 'catalog position 7', reason: 'missing in the ledger', expected: 'an id' };
    return {
      name: 'ledger-is-the-log',
      equal: this.auditEqual,
      checked: 1,
      differing: this.auditEqual ? 0 : 1,
      differences: this.auditEqual ? [] : [missing],
    };
  }

  private carryOut(path: string, body: Record<string, unknown>): Answer {
    const [, resource, id = '', verb = '', returnId = ''] = path.split('/');
    if (path === '/auth/login') return this.signIn(body);
    if (path === '/auth/register') return this.users.set(String(body['email']), String(body['password'])) && ok({ id: body['email'] as object }, 201);
    if (path === '/admin/audit') return ok({ equal: this.auditEqual, events: 1, seconds: 0, at: {}, proofs: [this.proof()] });
    if (resource === 'products') return this.stockUp(id || String(body['sku']), Number(body['quantity'] ?? 0));
    if (path === '/orders') return this.place(body);
    const order = this.orders.get(id)!;
    if (verb === 'cancel') return this.cancel(order);
    if (verb === 'ship') return this.ship(order, body['lines'] as Quantities | undefined);
    if (verb === 'deliver') return this.move(order, 'delivered');
    return returnId ? this.receive(order, returnId) : this.sendBack(order, body['lines'] as Quantities | undefined);
  }

  private read(path: string): object {
    const [, resource, id, part] = path.split(/[/?]/);
    if (resource === 'users') return {};
    if (resource === 'products') {
      const { onHand, reserved } = this.stock.get(id!)!;
      return { onHand, reserved, stock: onHand - reserved };
    }
    if (resource === 'analytics') return { items: [{ onHand: this.stock.get(path.split('sku=')[1]!)!.onHand }] };
    if (resource === 'admin') return { items: path.includes('status=running') && this.busyPolls-- > 0 ? [saga] : [] };
    const order = this.orders.get(id!)!;
    if (part === 'history') return order.history;
    if (order.status === 'placed') this.move(order, 'confirmed');
    const { status, lines, total, captured, refunded } = order;
    return { id, status, lines, total: { amount: total }, payment: { status: '', authorised: total, captured, refunded } };
  }

  private signIn({ email, password }: Record<string, unknown>): Answer {
    const fits = email === 'admin@shop.example' ? password === 'right' : this.users.get(String(email)) === password;
    return fits ? ok({ accessToken: String(email) }) : refused('identity.credentials-invalid', 401);
  }

  private stockUp(sku: string, quantity: number): Answer {
    const { onHand = 0, reserved = 0 } = this.stock.get(sku) ?? {};
    this.stock.set(sku, { onHand: onHand + quantity, reserved });
    return ok({ sku }, 201);
  }

  private place(body: Record<string, unknown>): Answer {
    const lines = valued(body['lines'] as Quantities);
    const { token } = body['payment'] as { token: string };
    const short = lines.some(({ sku, quantity }) => this.stock.get(sku)!.onHand - this.stock.get(sku)!.reserved < quantity);
    if (short) return refused('catalog.out-of-stock');
    const id = `o${this.orders.size + 1}`;
    // One that pays late is confirmed by the time that somebody looks.
    const status = token === 'tok_decline' ? 'cancelled' : token === 'tok_late' ? 'placed' : 'confirmed';
    this.orders.set(id, { id, status, lines, total: totalOf(lines), token, captured: '0.00', refunded: '0.00', returns: [], history: [] });
    if (status !== 'cancelled') for (const { sku, quantity } of lines) this.stock.get(sku)!.reserved += quantity;
    return ok({ id, status }, 201);
  }

  private cancel(order: Order): Answer {
    if (order.status !== 'confirmed' && order.status !== 'placed') return refused('ordering.order-not-cancellable');
    for (const { sku, quantity } of order.lines) this.stock.get(sku)!.reserved -= quantity;
    return this.move(order, 'cancelled');
  }

  private ship(order: Order, asked: Quantities | undefined): Answer {
    const sent = order.history.flatMap(({ type, data }) => (type === 'ordering.OrderShipped' ? (data as { lines: Quantities }).lines : []));
    const left = order.lines.filter(({ sku }) => !sent.some((line) => line.sku === sku));
    const lines = asked ?? left;
    for (const { sku, quantity } of lines) {
      const stock = this.stock.get(sku)!;
      stock.onHand -= quantity;
      stock.reserved -= quantity;
    }
    order.captured = order.total;
    order.history.push({ type: 'ordering.OrderShipped', data: { lines } });
    return this.move(order, lines.length === left.length ? 'shipped' : 'partially-shipped');
  }

  private sendBack(order: Order, asked: Quantities | undefined): Answer {
    const id = `r${order.returns.length + 1}`;
    order.returns.push({ id, lines: valued(asked ?? order.lines) });
    return ok({ id, status: 'requested' }, 201);
  }

  private receive(order: Order, returnId: string): Answer {
    const { lines } = order.returns.find(({ id }) => id === returnId)!;
    for (const { sku, quantity } of lines) this.stock.get(sku)!.onHand += quantity;
    order.refunded = fromUnits(toUnits(order.refunded) + toUnits(totalOf(lines)));
    order.history.push(
      { type: 'ordering.ReturnReceived', data: { lines } },
      { type: 'ordering.CreditNoteRecorded', data: { total: totalOf(lines) } },
    );
    return ok({ id: returnId, status: 'received' });
  }

  private move(order: Order, status: string): Answer {
    order.status = status;
    return ok({ id: order.id, status });
  }
}

const saga = { saga: 'fulfilment', id: 'o1', status: 'running', step: 'payment' };
