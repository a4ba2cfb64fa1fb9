import { eventsOf, groupedBy, sum, units } from './events.mjs';

const FIGURES = ['authorised', 'captured', 'voided', 'refunded'];

export const money = {
  name: 'I8 the money adds up with the provider’s own book',
  async check(world) {
    const book = await world.rows(
      'ordering',
      `select c.payment_id as id, c.status, c.authorised::text, c.captured::text, c.voided::text, c.refunded::text,
         coalesce((select sum(r.amount) from payments_simulator.refund r where r.payment_id = c.payment_id), 0)::text as "refunds"
       from payments_simulator.charge c`,
    );
    const payments = groupedBy(await eventsOf(world, 'ordering', 'payment'), ({ data }) => data.orderId);
    const orders = groupedBy(await eventsOf(world, 'ordering', 'order'), ({ data }) => data.orderId);
    return [
      ...book.flatMap((charge) => againstBook(charge, payments.get(charge.id) ?? [])),
      ...[...orders].flatMap(([id, events]) => againstOrder(id, events, payments.get(id) ?? [])),
    ];
  },
};

const amounts = (events, type) => sum(events.filter((event) => event.type === `ordering.${type}`).map(({ data }) => units(data.amount)));
const refundedOf = (events) => amounts(events, 'PaymentRefunded') - amounts(events, 'PaymentRefundFailed');

/** What the shop wrote down of one payment is what the provider did. */
function againstBook(charge, events) {
  const own = { captured: amounts(events, 'PaymentCaptured'), refunded: refundedOf(events) };
  const theirs = Object.fromEntries([...FIGURES, 'refunds'].map((figure) => [figure, units(charge[figure])]));
  const differing = Object.keys(own).filter((figure) => own[figure] !== theirs[figure]);
  return [
    ...differing.map((figure) => `payment ${charge.id}: ${figure} ${own[figure]} in the events, ${theirs[figure]} in the book (${charge.status})`),
    ...(theirs.refunds === theirs.refunded ? [] : [`payment ${charge.id}: the book’s refunds are not its total`]),
    ...(theirs.captured + theirs.voided > theirs.authorised ? [`payment ${charge.id}: more was taken or let go than was authorised`] : []),
  ];
}

/** With all at rest nothing is kept of an order that was cancelled, and of another what was sent and not credited. */
function againstOrder(id, events, payments) {
  const has = (type) => events.some((event) => event.type === `ordering.${type}`);
  const placed = events.find(({ type }) => type === 'ordering.OrderPlaced');
  const credited = sum(events.filter(({ type }) => type === 'ordering.CreditNoteRecorded').map(({ data }) => units(data.total)));
  const kept = amounts(payments, 'PaymentCaptured') - refundedOf(payments);
  // A provider that was only asked to set money apart may have taken it at once.
  const isTaken = has('OrderShipped') || (!has('OrderCancelled') && amounts(payments, 'PaymentCaptured') > 0n);
  const due = isTaken ? units(placed.data.total) - credited : 0n;
  return kept === due ? [] : [`order ${id}: ${kept} is kept, ${due} is due`];
}
