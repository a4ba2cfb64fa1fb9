import { setTimeout as pause } from 'node:timers/promises';
import { randomPassword } from '@adapters/runtime/src/embedded/secret-file.js';
import { MoveStock } from '@contexts/catalog/src/commands/move-stock.js';
import { ImportProducts, type Imported, type ImportedProduct } from '@contexts/catalog/src/contract/commands.js';
import { Register } from '@contexts/identity/src/commands/register.js';
import { CancelOrder } from '@contexts/ordering/src/commands/cancel-order.js';
import { DeliverOrder } from '@contexts/ordering/src/commands/deliver-order.js';
import { ImportOrders } from '@contexts/ordering/src/commands/import-history.js';
import { PlaceOrder } from '@contexts/ordering/src/commands/place-order.js';
import { ShipOrder } from '@contexts/ordering/src/commands/ship-order.js';
import type { ImportedDocument } from '@contexts/ordering/src/contract/import-batch.js';
import { GetOrder } from '@contexts/ordering/src/read-models/orders/get-order.query.js';
import type { Principal } from '@kernel/principal.js';
import type { DemoCustomer, DemoEnding, DemoOrder, DemoProduct, DemoPurchase, DemoShop } from './demo-shop.js';
import type { OnceCommands } from './once-commands.js';

const DOCUMENTS_AT_ONCE = 20;

const DECISION_MS = 60_000;
const POLL_MS = 50;
const CLERK: Principal = { id: 'demo', roles: [], permissions: ['orders:read:any'], sessionId: '' };

/** The transitions that lead a confirmed order to its end. */
const STEPS: Readonly<Record<DemoEnding, readonly (readonly [name: string, command: (orderId: string) => object])[]>> = (() => {
  const ship = ['ship', (id: string) => new ShipOrder(id, 'parcel-1')] as const;
  const deliver = ['deliver', (id: string) => new DeliverOrder(id)] as const;
  const cancel = ['cancel', (id: string) => new CancelOrder(id, 'changed my mind', null)] as const;
  return { confirmed: [], shipped: [ship], delivered: [ship, deliver], cancelled: [cancel], declined: [] };
})();

/**
 * Plays the shop through the commands that its customers and importers use, slowly enough to leave room for requests.
 * Stops between two commands once it is told to; played again, it goes on where it stopped. Returns the commands issued.
 * @throws Error when a command of the past is refused
 */
export async function playDemo(shop: DemoShop, commands: OnceCommands, currency: string, stopped: AbortSignal): Promise<number> {
  let issued = 0;
  for (const play of script(shop, commands, currency, stopped)) {
    if (stopped.aborted) break;
    issued += await play();
  }
  return issued;
}

/** One step after the other; each answers how many commands it issued. */
function* script(shop: DemoShop, commands: OnceCommands, currency: string, stopped: AbortSignal): Generator<() => Promise<number>> {
  yield () =>
    accepted(
      commands.execute<Imported>(
        new ImportProducts(
          'demo',
          shop.products.map((product) => toProduct(product, currency)),
        ),
      ),
    );
  for (const { sku, stock } of shop.products) {
    yield async () => {
      await commands.once('catalog', `stock-${sku}`, new MoveStock(sku, stock, 'received'));
      return 1;
    };
  }
  const documents = shop.history.flatMap((order) => toDocuments(order, currency));
  for (let from = 0; from < documents.length; from += DOCUMENTS_AT_ONCE) {
    yield () => accepted(commands.execute<Imported>(new ImportOrders(documents.slice(from, from + DOCUMENTS_AT_ONCE))));
  }
  const customerIds: string[] = [];
  for (const customer of shop.customers) {
    yield async () => {
      customerIds.push(await register(customer, commands));
      return 1;
    };
  }
  for (const purchase of shop.purchases) yield () => buy(purchase, customerIds[purchase.customer]!, commands, stopped);
}

async function accepted(work: Promise<Imported>): Promise<number> {
  const { results } = await work;
  for (const result of results) {
    if (result.outcome === 'refused') throw new Error(`${result.idempotencyKey}: ${result.detail}`);
  }
  return results.length;
}

/** Nobody is told the password: it keeps others from signing in as these. */
async function register({ email, name }: DemoCustomer, commands: OnceCommands): Promise<string> {
  const { body } = await commands.once('identity', `customer-${email}`, new Register(email, randomPassword(), name), { email, name });
  return (body as { id: string }).id;
}

async function buy({ key, country, lines, ending }: DemoPurchase, customerId: string, commands: OnceCommands, stopped: AbortSignal): Promise<number> {
  const token = ending === 'declined' ? 'tok_decline' : 'tok_approve';
  const { body } = await commands.once('ordering', key, new PlaceOrder(customerId, country, lines, token));
  const { id } = body as { id: string };
  if ((await decided(id, commands, stopped)) === 'cancelled' || stopped.aborted) return 1;
  for (const [step, command] of STEPS[ending]) await commands.once('ordering', `${key}-${step}`, command(id));
  return 1 + STEPS[ending].length;
}

/** What the shop's workflow made of an order, once it did; 'placed' where the demo is told to stop before. */
async function decided(id: string, commands: OnceCommands, stopped: AbortSignal): Promise<string> {
  for (const until = performance.now() + DECISION_MS; ;) {
    const { status } = await commands.ask<{ status: string }>(new GetOrder(id, CLERK, {}));
    if (status !== 'placed' || stopped.aborted) return status;
    if (performance.now() >= until) throw new Error(`order ${id} was neither confirmed nor cancelled`);
    await pause(POLL_MS, undefined, { signal: stopped }).catch(() => undefined);
  }
}

const toProduct = ({ sku, name, category, price }: DemoProduct, currency: string): ImportedProduct => ({
  kind: 'product',
  idempotencyKey: `product-${sku}`,
  sku,
  name,
  category,
  price: { amount: price, currency },
});

function toDocuments({ invoiceNo, placedAt, customerId, country, lines, returned }: DemoOrder, currency: string): ImportedDocument[] {
  const common = { customerId, country, currency };
  const placed = { ...common, kind: 'order' as const, idempotencyKey: invoiceNo, invoiceNo, at: placedAt, lines: [...lines] };
  if (!returned) return [placed];
  const creditNo = `C${invoiceNo}`;
  return [placed, { ...common, kind: 'credit-note', idempotencyKey: creditNo, invoiceNo: creditNo, at: returned.at, lines: [...returned.lines] }];
}
