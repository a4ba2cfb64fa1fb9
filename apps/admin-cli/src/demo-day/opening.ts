import { atOnce } from './at-once.js';
import type { Day } from './script.js';
import type { People } from './shop-api.js';

const AT_ONCE = 4;

/** Before the shop opens: its products with their stock, and its customers, signed in. @throws Failure where the shop does not take them */
export async function open({ products, customers }: Day, people: People, currency: string): Promise<void> {
  const { administrator } = people;
  await atOnce(AT_ONCE, products, async ({ sku, name, category, price, stock }) => {
    await administrator.must('/products', `product-${sku}`, { sku, name, category, price: { amount: price, currency } });
    await administrator.must(`/products/${sku}/stock`, `stock-${sku}`, { quantity: stock, reason: 'received' });
  });
  await atOnce(AT_ONCE, [...Array(customers).keys()], async (number) => {
    await people.register(number);
    await people.customer(number).get('/users/me');
  });
}
