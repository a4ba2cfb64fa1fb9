import { eventsOf, groupedBy } from './events.mjs';

/** What each event does to the units on hand, and to those of them that orders wait for. */
const MOVES = {
  'catalog.StockReceived': [1, 0],
  'catalog.StockAdjusted': [1, 0],
  'catalog.StockRestocked': [1, 0],
  'catalog.StockReserved': [0, 1],
  'catalog.StockReleased': [0, -1],
  'catalog.StockShipped': [-1, -1],
};

export const stock = {
  name: 'I2 stock is never negative, and nothing is oversold',
  async check(world) {
    const problems = [];
    const left = new Map();
    for (const [stream, events] of groupedBy(await eventsOf(world, 'catalog', 'stock'), ({ stream: of }) => of)) {
      let [onHand, reserved] = [0, 0];
      for (const { type, version, data } of events) {
        const [hand, held] = MOVES[type] ?? [0, 0];
        onHand += hand * (data.quantity ?? 0);
        reserved += held * (data.quantity ?? 0);
        if (onHand < 0 || reserved < 0 || reserved > onHand)
          problems.push(`${stream} at version ${version}: ${onHand} on hand, ${reserved} reserved`);
      }
      left.set(stream.slice('stock-'.length), { reserved, shipped: shippedOf(events) });
    }
    return [...problems, ...(await againstOrders(world, left))];
  },
};

const shippedOf = (events) => events.reduce((total, { type, data }) => total + (type === 'catalog.StockShipped' ? data.quantity : 0), 0);

/** With all at rest, what is reserved is what orders wait for, and what left is what they were sent. */
async function againstOrders(world, left) {
  const [waiting, sent] = [new Map(), new Map()];
  const add = (counts, sku, quantity) => counts.set(sku, (counts.get(sku) ?? 0) + quantity);
  for (const [, events] of groupedBy(await eventsOf(world, 'ordering', 'order'), ({ stream: of }) => of)) {
    const placed = events.find(({ type }) => type === 'ordering.OrderPlaced');
    const has = (type) => events.some((event) => event.type === type);
    if (!placed || placed.data.channel === 'import') continue;
    const goods = new Map(placed.data.lines.filter(({ kind }) => kind === 'goods').map(({ sku, quantity }) => [sku, quantity]));
    for (const { type, data } of events) {
      if (type !== 'ordering.OrderShipped') continue;
      for (const { sku, quantity } of data.lines) {
        add(sent, sku, quantity);
        goods.set(sku, goods.get(sku) - quantity);
      }
    }
    const waits = has('ordering.OrderConfirmed') && !has('ordering.OrderCancelled') && !has('ordering.OrderRemainderCancelled');
    if (waits) for (const [sku, quantity] of goods) add(waiting, sku, quantity);
  }
  return [...left].flatMap(([sku, { reserved, shipped }]) => [
    ...(reserved === (waiting.get(sku) ?? 0) ? [] : [`${sku}: ${reserved} are reserved, orders wait for ${waiting.get(sku) ?? 0}`]),
    ...(shipped === (sent.get(sku) ?? 0) ? [] : [`${sku}: ${shipped} left the house, orders were sent ${sent.get(sku) ?? 0}`]),
  ]);
}
