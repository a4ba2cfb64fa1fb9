import { eventually } from '@testing/eventually.js';
import { newOrder } from '@testing/ordering.js';
import type { SagaEngine } from '@testing/saga-world-engine.js';
import type { WorldShop } from '@testing/saga-world-shop.js';
import { SagaWorld } from '@testing/saga-world.js';
import { stripePaymentShop } from '@testing/stripe-payment-shop.js';
import { fulfilment } from './fulfil-order.saga.js';
import { takingBack } from './take-back-goods.saga.js';

const sagas = [fulfilment({ paymentDeadlineSeconds: 900 }), takingBack];
const [sku, total] = ['LAMP', '25.00'];

function place(shop: WorldShop, orderId: string, token: string): void {
  const order = newOrder(orderId);
  const line = { kind: 'goods' as const, sku, name: sku, category: 'Things', quantity: 1, unitPrice: total };
  shop.ask({ ...order, data: { ...order.data, channel: 'web', currency: 'GBP', payment: { token }, lines: [line] } } as typeof order);
}

/** Does what the sagas owe, in turn, so often at most: what waits for a provider is tried again and again. */
async function work({ engine }: { readonly engine: SagaEngine }, times = 80): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const owed = engine.owed();
    if (owed.length === 0) return;
    await owed[time % owed.length]!();
  }
}

const quietWorld = (): SagaWorld =>
  new SagaWorld({ stock: { [sku]: 10 }, orders: [], choices: [], deadlineSeconds: 900, forgetful: false, meddling: false }, sagas);
const statuses = (shop: WorldShop, ids: readonly string[]): string[] => ids.map((id) => shop.order(id).status);

describe('a payment provider that is away for a while', () => {
  const ids = ['o-1', 'o-2', 'o-3'];

  it('loses no order: each is confirmed once it is back', async () => {
    const world = quietWorld();
    world.isProviderAway = true;
    for (const id of ids) place(world.shop, id, 'tok_approve');
    await work(world);
    expect(statuses(world.shop, ids)).toEqual(['placed', 'placed', 'placed']);
    world.isProviderAway = false;
    await work(world);
    expect(statuses(world.shop, ids)).toEqual(['confirmed', 'confirmed', 'confirmed']);
    expect(ids.map((id) => world.provider.word(id).held)).toEqual([total, total, total]);
  });

  it('asks no card for an order that was cancelled meanwhile', async () => {
    const world = quietWorld();
    world.isProviderAway = true;
    place(world.shop, 'o-1', 'tok_approve');
    await work(world);
    world.shop.ask({ type: 'CancelOrder', data: { orderId: 'o-1', reason: 'changed my mind' } });
    await work(world);
    world.isProviderAway = false;
    await work(world);
    expect(world.engine.standing('fulfilment', 'o-1')).toMatchObject({ status: 'ended', outcome: 'cancelled' });
    expect(world.shop.streams.all().filter(({ type }) => type === 'ordering.PaymentAuthorised')).toEqual([]);
    expect(world.provider.word('o-1')).toEqual({ held: '0.00', captured: '0.00', refunded: '0.00' });
  });

  it.each(['failing', 'unreachable', 'answers-lost'] as const)('is asked again behind its breaker: Stripe, %s', async (fault) => {
    const stripe = await stripePaymentShop(sagas);
    const { fake, shop, engine } = stripe;
    try {
      shop.receive(sku, 10);
      fake.fault = fault;
      for (const id of ids) place(shop, id, 'pm_card_visa');
      await work(stripe);
      expect(statuses(shop, ids)).toEqual(['placed', 'placed', 'placed']);
      fake.fault = null;
      await eventually(async () => {
        await work(stripe);
        expect(statuses(shop, ids)).toEqual(['confirmed', 'confirmed', 'confirmed']);
      });
      expect(ids.map((id) => engine.standing('fulfilment', id)?.step)).toEqual(['ship-order', 'ship-order', 'ship-order']);
      expect([...fake.ledger.intents.values()].map(({ status }) => status)).toEqual(['requires_capture', 'requires_capture', 'requires_capture']);
    } finally {
      await stripe.close();
    }
  });
});

describe('money that comes through the provider for an order that was paid elsewhere', () => {
  const late = async (world: SagaWorld): Promise<void> => {
    for (const settle of world.provider.unsettled()) settle();
    for (const notice of world.provider.notices.splice(0)) await world.shop.take(notice);
  };

  /** Paid elsewhere on an operator's word, shipped, and a part of it on its way back. */
  async function paidElsewhere(): Promise<SagaWorld> {
    const world = quietWorld();
    const { shop, engine } = world;
    place(shop, 'o-1', 'tok_capture_after_void');
    await work(world);
    engine.operator('fulfilment', 'o-1', 'skip');
    await work(world);
    shop.ask({ type: 'ShipOrder', data: { orderId: 'o-1', parcelId: 'p-1', lines: null, awaits: null } });
    await work(world);
    shop.ask({ type: 'RequestReturn', data: { orderId: 'o-1', returnId: 'r-1', reason: 'too small', lines: [{ sku, quantity: 1 }] } });
    return world;
  }

  it.each(['before', 'after'])('goes back whole, though a return is received: %s', async (when) => {
    const world = await paidElsewhere();
    if (when === 'before') await late(world);
    world.shop.ask({ type: 'ReceiveReturn', data: { orderId: 'o-1', returnId: 'r-1' } });
    await work(world);
    if (when === 'after') await late(world);
    await work(world);
    expect(world.provider.word('o-1')).toEqual({ held: '0.00', captured: total, refunded: total });
    const { refunds } = world.shop.at(world.shop.payments.repository, 'o-1');
    expect(refunds.map(({ refundId, amount }) => [refundId, amount])).toEqual([['cancel-o-1', total]]);
    expect(world.engine.standing('fulfilment', 'o-1')).toMatchObject({ status: 'ended', outcome: 'completed' });
    expect(world.engine.standing('return', 'r-1')).toMatchObject({ status: 'failed', step: 'refund-payment' });
  });
});
