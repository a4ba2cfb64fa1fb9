// A small shop that people crowd into: few goods, little stock, everybody at the same orders.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../random.mjs';
import { Person } from './person.mjs';

const PRODUCTS = 8;
const CUSTOMERS = 5;
const SHOPPERS = 4;
/** Between two things that one shopper does, ms. */
const PAUSE_MS = [80, 400];
/** Orders that are still of interest to anybody. */
const RECENT = 60;

const TOKENS = {
  tok_approve: 12,
  tok_decline: 1,
  tok_late: 2,
  tok_duplicate_callback: 2,
  tok_out_of_order: 1,
  tok_timeout_then_capture: 1,
  tok_refund_fails: 1,
};
const STEPS = { place: 10, ship: 8, cancel: 3, deliver: 3, return: 4, receive: 4, reject: 1, remainder: 1, stock: 4, count: 2 };

export class Shop {
  /** @param {{ admin: Person, customers: Person[], skus: string[], journal: import('./journal.mjs').Journal }} parts */
  constructor({ admin, customers, skus, journal }) {
    Object.assign(this, { admin, customers, skus, journal });
    /** @type {{ id: string, customer: Person, returns: string[] }[]} */
    this.orders = [];
    this.isOpen = false;
    this.shoppers = [];
  }

  static async opened({ url, journal, adminAccount, signal }) {
    const admin = new Person({ url, account: adminAccount, signal });
    const run = randomUUID().slice(0, 8);
    const named = (count, name) => Array.from({ length: count }, (_, index) => `${name}-${run}-${index + 1}`);
    const customers = await Promise.all(named(CUSTOMERS, 'chaos').map((name) => Person.registered({ url, signal }, `${name}@shop.example`)));
    const skus = named(PRODUCTS, 'SKU');
    const shop = new Shop({ admin, customers, skus, journal });
    const amounts = ['0.01', '2.55', '19.99', '3.3333', '149.00', '7.10', '0.99', '12.345'];
    await Promise.all(skus.map((sku, index) => shop.offer(sku, amounts[index % amounts.length], 12)));
    // What is bought to see whether the shop works is never sold out.
    shop.probeSku = `PROBE-${run}`;
    await shop.offer(shop.probeSku, '1.00', 100_000);
    return shop;
  }

  async offer(sku, amount, stock) {
    const made = this.journal.open(randomUUID(), 'product', { stream: `product-${sku}` });
    await this.admin.command(made, {
      path: '/products',
      body: { sku, name: `Thing ${sku}`, category: 'Lighting', price: { amount, currency: 'GBP' } },
    });
    await this.moveStock(sku, stock, 'received');
  }

  /** Shoppers come in, each with dice of its own. */
  open(...words) {
    this.isOpen = true;
    this.shoppers = Array.from({ length: SHOPPERS }, (_, index) => this.#goShopping(new Random(...words, 'shopper', index)));
  }

  /** Resolves when everybody has had the answer to what was asked last. */
  async close() {
    this.isOpen = false;
    await Promise.all(this.shoppers);
  }

  async #goShopping(random) {
    while (this.isOpen) {
      await this.#step(random);
      await sleep(random.whole(...PAUSE_MS));
    }
  }

  async #step(random) {
    const kind = random.weighted(STEPS);
    const senders = random.chance(0.12) ? 2 : 1;
    if (kind === 'place') return this.placeByChance(random, senders);
    if (kind === 'stock') return this.moveStock(random.pick(this.skus), random.whole(1, 4), 'received', senders);
    if (kind === 'count') return this.moveStock(random.pick(this.skus), random.pick([-3, -2, -1, 1]), 'counted', senders);
    const order = this.orders.length > 0 && random.pick(this.orders.slice(-RECENT));
    return order ? this.move(kind, order, random, senders) : undefined;
  }

  placeByChance(random, senders = 1) {
    const skus = random.shuffled(this.skus).slice(0, random.whole(1, 2));
    const lines = skus.map((sku) => ({ sku, quantity: random.whole(1, 3) }));
    return this.place(random.pick(this.customers), lines, random.weighted(TOKENS), senders);
  }

  /** @returns the order; undefined where it was refused */
  async place(customer, lines, token = 'tok_approve', senders = 1) {
    const asked = this.journal.open(randomUUID(), 'place', { lines, customer });
    const answer = await customer.command(asked, { path: '/orders', body: { lines, country: 'France', payment: { token } }, senders });
    if (answer?.status !== 201) return undefined;
    const order = { id: answer.body.id, customer, lines, returns: [], token: answer.token };
    asked.stream = `order-${order.id}`;
    this.orders.push(order);
    return order;
  }

  /** @param {'received' | 'counted'} why goods came in, or there were others than thought */
  async moveStock(sku, quantity, why, senders = 1) {
    const key = randomUUID();
    const mark = why === 'received' ? undefined : ['catalog.StockAdjusted', 'reason'];
    const asked = this.journal.open(key, why, { stream: `stock-${sku}`, sku, quantity, mark });
    return this.admin.command(asked, { path: `/products/${sku}/stock`, body: { quantity, reason: mark ? key : 'received' }, senders });
  }

  /** A step in the life of an order; refusals are as welcome as answers. */
  async move(kind, order, random, senders = 1) {
    const key = randomUUID();
    const { path, body = {}, by = this.admin, mark } = moves[kind]({ order, key, random });
    if (!path) return;
    const asked = this.journal.open(key, kind, { stream: `order-${order.id}`, mark });
    const answer = await by.command(asked, { path: `/orders/${order.id}/${path}`, body, senders });
    if (kind === 'return' && answer?.status === 201) order.returns.push(answer.body.id);
  }
}

const part = ({ order, random }) => (random.chance(0.3) ? { lines: [{ sku: order.lines[0].sku, quantity: 1 }] } : {});
/** Where a command leaves its key in an event: type, field. */
const moves = {
  ship: (to) => ({ path: 'ship', body: { parcelId: to.key, ...part(to) }, mark: ['ordering.OrderShipped', 'parcelId'] }),
  cancel: ({ order, key }) => ({ path: 'cancel', by: order.customer, body: { reason: key }, mark: ['ordering.OrderCancelled', 'reason'] }),
  remainder: ({ key }) => ({ path: 'cancel-remainder', body: { reason: key }, mark: ['ordering.OrderRemainderCancelled', 'reason'] }),
  deliver: () => ({ path: 'deliver' }),
  return: (to) => ({ path: 'returns', by: to.order.customer, body: { reason: to.key, ...part(to) }, mark: ['ordering.ReturnRequested', 'reason'] }),
  receive: ({ order, random }) => (order.returns.length === 0 ? {} : { path: `returns/${random.pick(order.returns)}/receive` }),
  reject: ({ order, key, random }) =>
    order.returns.length === 0
      ? {}
      : { path: `returns/${random.pick(order.returns)}/reject`, body: { reason: key }, mark: ['ordering.ReturnRejected', 'reason'] },
};
