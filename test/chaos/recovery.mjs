// Whether the shop works again: everything is ready, and an order placed afterwards is confirmed and shows in the analysts' figures.
import { setTimeout as sleep } from 'node:timers/promises';
import { secondsSince, untilNothingIsMissing } from './wait.mjs';

/** Longest, seconds: the design's. */
const REACH = { process: 15, broker: 30, link: 15 };
const PATIENCE_MS = 120_000;

/** How soon it has to work again after faults that came together, seconds: as after the slowest of them. Undefined where one of them has no such time. */
export function reachOf(faults) {
  const each = faults.map(({ recovery }) => REACH[recovery]);
  return each.includes(undefined) ? undefined : Math.max(...each);
}

/** @returns {Promise<string[]>} what does not work within the patience */
export async function recovered(world) {
  const missing = await untilNothingIsMissing(() => notReady(world), PATIENCE_MS, 100);
  return missing.length > 0 ? missing : probe(world);
}

export const notReady = ({ cluster }) => cluster.members.filter(({ isReady }) => !isReady).map(({ name, state }) => `${name} is ${state}`);

/** One order all the way. */
async function probe({ shop }) {
  const begin = performance.now();
  const customer = shop.customers[0];
  const order = await Promise.race([shop.place(customer, [{ sku: shop.probeSku, quantity: 1 }]), sleep(PATIENCE_MS, undefined, { ref: false })]);
  if (!order) return ['an order was not taken'];
  const confirmed = async () => {
    const { status, body } = await customer.get(`/orders/${order.id}`);
    return status === 200 && body.status !== 'placed'
      ? []
      : [`order ${order.id} is ${body.status ?? status} after ${secondsSince(begin).toFixed(0)} s`];
  };
  const counted = async () => {
    const day = new Date().toISOString().slice(0, 10);
    const { status, code } = await shop.admin.get(`/analytics/sales?from=${day}&to=${nextDay(day)}&grain=day`, { 'consistency-token': order.token });
    return status === 200 ? [] : [`the sales with order ${order.id} are answered ${status} ${code ?? ''} after ${secondsSince(begin).toFixed(0)} s`];
  };
  const missing = await untilNothingIsMissing(confirmed, PATIENCE_MS, 100);
  return missing.length > 0 ? missing : untilNothingIsMissing(counted, PATIENCE_MS, 100);
}

const nextDay = (day) => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
