// Payments as the event log tells of them, held against the provider's own book and against their orders: rows in, words out.
import { groupedBy, shown, sum, units } from './events.mjs';

const FIGURES = ['authorised', 'captured', 'voided', 'refunded'];
const NOT_BOOKED = {
  status: 'not in the book',
  amount: '0',
  currency: null,
  authorised: '0',
  captured: '0',
  voided: '0',
  refunded: '0',
  refunds: '0',
};

/**
 * What the shop wrote down is what the provider did: payment by payment, and in total by currency.
 * @param {{ type: string, data: object }[]} events of payments, each payment's in their order
 * @param {object[]} book a row a charge
 * @returns {string[]} what differs, in words
 */
export function againstBook(events, book) {
  const payments = groupedBy(events, ({ data }) => data.orderId);
  const charges = new Map(book.map((charge) => [charge.id, charge]));
  const both = [...new Set([...charges.keys(), ...payments.keys()])].map((id) => {
    const charge = charges.get(id) ?? NOT_BOOKED;
    return { id, charge, own: payments.get(id) ?? [], told: toldOf(payments.get(id) ?? [], charge) };
  });
  return [...both.flatMap(ofPayment), ...ofTotals(both)];
}

/** What one payment's events come to. */
function toldOf(events, charge) {
  const told = { authorised: 0n, captured: 0n, voided: 0n, refunded: 0n, voidedUnseen: 0n };
  for (const { type, data } of events) {
    if (type === 'ordering.PaymentAuthorised') told.authorised += units(data.amount);
    if (type === 'ordering.PaymentCaptured') told.captured += units(data.amount);
    if (type === 'ordering.PaymentRefunded') told.refunded += units(data.amount);
    if (type === 'ordering.PaymentRefundFailed') told.refunded -= units(data.amount);
    if (type === 'ordering.PaymentVoided') told[told.authorised > 0n ? 'voided' : 'voidedUnseen'] += units(data.amount);
  }
  // The answer to an authorisation can be lost for good where the next that the provider is asked for is a void: then the void tells of both. Where it
  // came first, or after a decline, nothing was set apart. Only the book knows which it was, and either way nothing may be held, nor taken.
  const isLost = told.voidedUnseen > 0n && told.authorised === 0n && units(charge.authorised) > 0n;
  return isLost ? { ...told, authorised: told.voidedUnseen, voided: told.voidedUnseen } : told;
}

function ofPayment({ id, charge, own, told }) {
  const booked = (figure) => units(charge[figure]);
  const problems = [
    ...FIGURES.filter((figure) => told[figure] !== booked(figure)).map(
      (figure) => `${figure} ${shown(told[figure])} in the events, ${shown(booked(figure))} in the book (${charge.status})`,
    ),
    // Of a void that freed nothing the amount is what was asked for.
    ...([0n, booked('amount')].includes(told.voidedUnseen) ? [] : [`a void of ${shown(told.voidedUnseen)} of ${shown(booked('amount'))}`]),
    ...(own.every(({ data }) => data.currency === (charge.currency ?? data.currency)) ? [] : [`another currency than the book’s ${charge.currency}`]),
    ...(['in-flight', 'pending'].includes(charge.status) ? [`still ${charge.status} in the book, with all at rest`] : []),
    ...(booked('refunds') === booked('refunded') ? [] : ['the book’s refunds are not its total']),
    ...(booked('captured') + booked('voided') > booked('authorised') ? ['more was taken or let go than was authorised'] : []),
  ];
  return problems.map((problem) => `payment ${id}: ${problem}`);
}

/** Each side adds up by the currency that it names itself. */
function ofTotals(both) {
  const told = groupedBy(both, ({ own, charge }) => own[0]?.data.currency ?? charge.currency);
  const booked = groupedBy(both, ({ charge, own }) => charge.currency ?? own[0].data.currency);
  return [...new Set([...told.keys(), ...booked.keys()])].flatMap((currency) =>
    FIGURES.flatMap((figure) => {
      const [ours, theirs] = [
        sum((told.get(currency) ?? []).map((payment) => payment.told[figure])),
        sum((booked.get(currency) ?? []).map(({ charge }) => units(charge[figure]))),
      ];
      return ours === theirs ? [] : [`${currency} in total: ${figure} ${shown(ours)} in the events, ${shown(theirs)} in the book`];
    }),
  );
}

/**
 * With all at rest nothing is held or kept of an order that was cancelled; of one that waits to be sent its worth is held, and of another kept what was
 * sent and not credited.
 * @param {{ type: string, data: object }[]} orders
 * @param {{ type: string, data: object }[]} payments
 * @returns {string[]} what is wrong, in words
 */
export function againstOrders(orders, payments) {
  const paid = groupedBy(payments, ({ data }) => data.orderId);
  return [...groupedBy(orders, ({ data }) => data.orderId)].flatMap(([id, events]) => ofOrder(id, events, paid.get(id) ?? []));
}

function ofOrder(id, events, payments) {
  const has = (type) => events.some((event) => event.type === `ordering.${type}`);
  const total = units(events.find(({ type }) => type === 'ordering.OrderPlaced').data.total);
  const credited = sum(events.filter(({ type }) => type === 'ordering.CreditNoteRecorded').map(({ data }) => units(data.total)));
  const { authorised, captured, voided, refunded } = toldOf(payments, NOT_BOOKED);
  const [held, kept] = [authorised - captured - voided, captured - refunded];
  // A provider that was only asked to set money apart may have taken it at once.
  const isTaken = has('OrderShipped') || (!has('OrderCancelled') && captured > 0n);
  const waits = has('OrderConfirmed') && !has('OrderCancelled') && !isTaken;
  const due = { held: waits ? total : 0n, kept: isTaken ? total - credited : 0n };
  return [
    ...(held === due.held ? [] : [`order ${id}: ${shown(held)} is held, ${shown(due.held)} should be`]),
    ...(kept === due.kept ? [] : [`order ${id}: ${shown(kept)} is kept, ${shown(due.kept)} is due`]),
  ];
}
