import { deepEqual } from 'node:assert/strict';
import { isHeld, refundedOf } from '@contexts/ordering/src/domain/payment.js';
import { fromUnits, sum, toUnits } from '@kernel/money.js';
import type { SagaStep } from '@kernel/saga.js';
import type { SagaWorld } from './saga-world.js';
import type { Recorded } from './saga-world-store.js';

/** What holds at every moment. */
export function expectSound(world: SagaWorld): void {
  for (const sku of Object.keys(world.scenario.stock)) {
    const { onHand, reserved } = world.shop.at(world.shop.catalog.stock, sku);
    const held = world.people.orderIds.flatMap((id) => world.shop.at(world.shop.catalog.reservations, id).held).filter((line) => line.sku === sku);
    if (onHand < reserved || reserved !== units(held))
      throw new Error(`${sku}: ${onHand} on hand, ${reserved} reserved, ${units(held)} of them for orders`);
  }
}

/**
 * What holds once everything was delivered and nobody does anything any more. Only an order that was paid in another way, or of which a refund
 * failed, may have needed an operator in the end: what the provider never kept it cannot give back, and what failed is tried again on somebody's word.
 */
export function expectAtRest(world: SagaWorld): void {
  deepEqual(
    world.engine.standings().filter(({ status }) => status !== 'ended'),
    [],
  );
  deepEqual([...world.people.shippedEarly], []);
  const mayNeedHelp = (orderId: string): boolean => world.people.paidElsewhere.has(orderId) || world.provider.failed.has(orderId);
  deepEqual(
    [...world.people.helped].filter((stream) => !mayNeedHelp(orderOf(world, stream))),
    [],
  );
  expectOnce(world);
  expectDeadlinesKept(world);
  for (const sku of Object.keys(world.scenario.stock)) expectStock(world, sku);
  for (const orderId of world.people.orderIds) expectOrder(world, orderId);
}

const orderOf = (world: SagaWorld, saga: string): string => (world.engine.steps.get(saga)![0]!.on.data as { orderId: string }).orderId;

/** What left the house and what came back is what stock says, and nothing waits for anybody. */
function expectStock(world: SagaWorld, sku: string): void {
  const of = (lines: readonly Line[]): number => units(lines.filter((line) => line.sku === sku));
  const out = world.people.orderIds.flatMap((orderId) => shipped(world, orderId));
  const back = data<{ lines: readonly Line[] }>(world, 'ordering.ReturnReceived').flatMap(({ lines }) => lines);
  const { onHand, reserved } = world.shop.at(world.shop.catalog.stock, sku);
  deepEqual({ sku, onHand, reserved }, { sku, onHand: world.scenario.stock[sku]! - of(out) + of(back), reserved: 0 });
}

function expectOrder(world: SagaWorld, orderId: string): void {
  const { status, total } = world.shop.order(orderId);
  const payment = world.shop.at(world.shop.payments.repository, orderId);
  const { captured } = payment;
  const refunded = refundedOf(payment);
  const held = isHeld(payment) ? payment.authorised : fromUnits(0n);
  // The provider's own book says the same, of what it has set apart and not let go as well.
  deepEqual({ orderId, held, captured, refunded }, { orderId, ...world.provider.word(orderId) });
  if (status === 'cancelled') deepEqual(shipped(world, orderId), []);
  else expectAllSeenTo(world, orderId);
  if (status === 'cancelled' || world.people.paidElsewhere.has(orderId)) {
    deepEqual({ orderId, held, kept: fromUnits(toUnits(captured) - toUnits(refunded)) }, { orderId, held: '0.00', kept: '0.00' });
    return;
  }
  const credits = data<{ orderId: string; total: string }>(world, 'ordering.CreditNoteRecorded').filter((note) => note.orderId === orderId);
  deepEqual({ orderId, held, captured, refunded }, { orderId, held: '0.00', captured: total, refunded: sum(credits.map((note) => note.total)) });
}

/** What was ordered went out, or was cancelled after a part of it had. */
function expectAllSeenTo(world: SagaWorld, orderId: string): void {
  const { status, units: ordered } = world.shop.order(orderId);
  const remainders = data<{ orderId: string; units: number }>(world, 'ordering.OrderRemainderCancelled').filter((each) => each.orderId === orderId);
  const gone = remainders.reduce((total, each) => total + each.units, units(shipped(world, orderId)));
  if (status !== 'shipped' && status !== 'delivered') throw new Error(`${orderId} is ${status} in the end`);
  deepEqual({ orderId, gone }, { orderId, gone: ordered });
}

/** Every fact of which there can be one is there once, whatever was delivered how often. */
function expectOnce(world: SagaWorld): void {
  const single =
    /(OrderConfirmed|OrderCancelled|OrderRemainderCancelled|StockReservation(Made|Refused|Released)|PaymentCaptured|ReturnReceived|ReturnRestocked)$/;
  const keys = world.shop.streams.all().flatMap(({ type, stream, data: fact }) => {
    if (single.test(type)) return [`${type} of ${stream} ${(fact as { returnId?: string }).returnId ?? ''}`];
    const { refundId, attempt = '', creditNoteId, parcelId } = fact as Readonly<Record<string, string | undefined>>;
    const part = refundId ? `${refundId} ${attempt}` : (creditNoteId ?? parcelId);
    return part === undefined ? [] : [`${type} of ${stream} ${part}`];
  });
  deepEqual(
    keys.filter((key, index) => keys.indexOf(key) !== index),
    [],
  );
}

/** A deadline that no longer counted has never undone anything. */
function expectDeadlinesKept(world: SagaWorld): void {
  for (const [stream, steps] of world.engine.steps) {
    const cleared = steps.findIndex((step: SagaStep) => step.cleared.length > 0);
    const late = cleared < 0 ? [] : steps.slice(cleared).filter(({ on }) => on.type.startsWith('deadline.'));
    deepEqual({ stream, late }, { stream, late: [] });
  }
}

interface Line {
  readonly sku: string;
  readonly quantity: number;
}
const units = (lines: readonly Line[]): number => lines.reduce((counted, { quantity }) => counted + quantity, 0);
const data = <Data>(world: SagaWorld, type: string): Data[] =>
  world.shop.streams
    .all()
    .filter((event: Recorded) => event.type === type)
    .map((event) => event.data as Data);
const shipped = (world: SagaWorld, orderId: string): readonly Line[] =>
  data<{ orderId: string; lines: readonly Line[] }>(world, 'ordering.OrderShipped')
    .filter((parcel) => parcel.orderId === orderId)
    .flatMap(({ lines }) => lines);
