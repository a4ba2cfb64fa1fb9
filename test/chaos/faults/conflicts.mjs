// Everybody wants the same at the same moment.

const AT_ONCE = 8;

export const conflicts = {
  name: 'conflicting commands',
  needs: [],
  recovery: 'none',
  async begin({ shop }, random) {
    const sku = random.pick(shop.skus);
    const customer = random.pick(shop.customers);
    const all = (work) => Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(index)));
    // The last units, counted down meanwhile.
    const race = all((index) =>
      index % 4 === 3 ? shop.moveStock(sku, -1, 'counted', 2) : shop.place(customer, [{ sku, quantity: 3 }], 'tok_approve', 1 + (index % 2)),
    );
    const order = shop.orders.at(-1);
    // One ships what another cancels and a third delivers.
    const kinds = ['cancel', 'ship', 'ship', 'cancel', 'deliver', 'remainder', 'return', 'ship'];
    await Promise.all([race, order && all((index) => shop.move(kinds[index], order, random, 1 + (index % 2)))]);
  },
};
