import { MoveStock } from '@contexts/catalog/src/commands/move-stock.js';
import { ImportProducts, type Imported, type ImportedProduct } from '@contexts/catalog/src/contract/commands.js';
import { CancelOrder } from '@contexts/ordering/src/commands/cancel-order.js';
import { ConfirmOrder } from '@contexts/ordering/src/commands/confirm-order.js';
import { DeliverOrder } from '@contexts/ordering/src/commands/deliver-order.js';
import { ImportOrders } from '@contexts/ordering/src/commands/import-history.js';
import { PlaceOrder } from '@contexts/ordering/src/commands/place-order.js';
import { ShipOrder } from '@contexts/ordering/src/commands/ship-order.js';
import type { ImportedDocument } from '@contexts/ordering/src/contract/import-batch.js';
import type { DemoEnding, DemoOrder, DemoProduct, DemoPurchase, DemoShop } from './demo-shop.js';
import type { OnceCommands } from './once-commands.js';

const DOCUMENTS_AT_ONCE = 20;

/** The transitions that lead a placed order to its end. */
const STEPS: Readonly<Record<DemoEnding, readonly (readonly [name: string, command: (orderId: string) => object])[]>> = (() => {
  const confirm = ['confirm', (id: string) => new ConfirmOrder(id)] as const;
  const ship = ['ship', (id: string) => new ShipOrder(id)] as const;
  const deliver = ['deliver', (id: string) => new DeliverOrder(id)] as const;
  const cancel = ['cancel', (id: string) => new CancelOrder(id, 'changed my mind', null)] as const;
  return { placed: [], confirmed: [confirm], shipped: [confirm, ship], delivered: [confirm, ship, deliver], cancelled: [cancel] };
})();

/**
 * Plays the shop through the commands that its customers and importers use, slowly enough to leave room for requests.
 * Stops between two commands once it is told to; played again, it goes on where it stopped. Returns the commands issued.
 * @throws Error when a command of the past is refused
 */
export async function playDemo(shop: DemoShop, commands: OnceCommands, currency: string, stopped: AbortSignal): Promise<number> {
  let issued = 0;
  for (const play of script(shop, commands, currency)) {
    if (stopped.aborted) break;
    issued += await play();
  }
  return issued;
}

/** One step after the other; each answers how many commands it issued. */
function* script(shop: DemoShop, commands: OnceCommands, currency: string): Generator<() => Promise<number>> {
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
  for (const purchase of shop.purchases) yield () => buy(purchase, commands);
}

async function accepted(work: Promise<Imported>): Promise<number> {
  const { results } = await work;
  for (const result of results) {
    if (result.outcome === 'refused') throw new Error(`${result.idempotencyKey}: ${result.detail}`);
  }
  return results.length;
}

async function buy({ key, country, customerId, lines, ending }: DemoPurchase, commands: OnceCommands): Promise<number> {
  const { body } = await commands.once('ordering', key, new PlaceOrder(customerId, country, lines));
  const { id } = body as { id: string };
  for (const [step, command] of STEPS[ending]) await commands.once('ordering', `${key}-${step}`, command(id));
  return 1 + STEPS[ending].length;
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
