import { fromUnits, sum, toUnits } from '@kernel/money.js';
import { play, specOf } from '@testing/given.js';
import { goods, lines } from '@testing/taxed-order.js';
import fc from 'fast-check';
import type { OrderLine } from '../contract/events.js';
import { chargesOf } from './charges.js';
import { amountOf, withTotals } from './lines.js';
import { order, type OrderCommand, type PlacedOrder } from './order.js';
import { goodsTaxOf } from './worth.js';

const given = specOf(order);
const orderId = 'o-1';
type Lines = Extract<OrderCommand, { type: 'PlaceOrder' }>['data']['lines'];
const newOrder = (of: Lines = lines) => ({
  orderId,
  customerId: 'c-1',
  country: 'France',
  currency: 'GBP',
  placedAt: '2026-11-21T10:00:00.000Z',
  lines: of,
});
const place = (of?: Lines): OrderCommand => ({ type: 'PlaceOrder', data: { ...newOrder(of), payment: { token: 'tok' } } });
const confirm: OrderCommand = { type: 'ConfirmOrder', data: { orderId, awaits: null } };
type Some = { sku: string; quantity: number }[];
const ship = (parcelId: string, of: Some | null = null): OrderCommand => ({
  type: 'ShipOrder',
  data: { orderId, parcelId, lines: of, awaits: null },
});
const deliver: OrderCommand = { type: 'DeliverOrder', data: { orderId } };
const cancel: OrderCommand = { type: 'CancelOrder', data: { orderId, reason: 'late' } };
const cancelRemainder: OrderCommand = { type: 'CancelRemainder', data: { orderId, reason: 'broken' } };
const credit = (creditNoteId: string, of: Some): OrderCommand => ({
  type: 'CreditOrder',
  data: { orderId, creditNoteId, reason: 'sorry', lines: of },
});
const request = (returnId: string, of: Some | null = null): OrderCommand => ({
  type: 'RequestReturn',
  data: { orderId, returnId, reason: 'too small', lines: of },
});
const reject = (returnId: string): OrderCommand => ({ type: 'RejectReturn', data: { orderId, returnId, reason: 'worn' } });
const A = (quantity: number) => ({ sku: 'A', quantity });
const after = (...commands: OrderCommand[]) => play(order, [place(), confirm, ...commands]).events;
const partly = (...commands: OrderCommand[]) => after(ship('p', [A(1)]), ...commands);

describe('the remainder of an order', () => {
  it('is cancelled and credited at once: those goods, at their price, with their share of the tax and without shipping', () => {
    const value = {
      customerId: 'c-1',
      country: 'France',
      currency: 'GBP',
      lines: [
        { ...lines[0], quantity: 2, lineTotal: '20.00' },
        { ...lines[1], lineTotal: '5.00' },
        { ...lines[3], unitPrice: '5.00', lineTotal: '5.00' },
      ],
      units: 3,
      goodsTotal: '25.00',
      total: '30.00',
    };
    given(...partly())
      .when(cancelRemainder)
      .emits(
        { type: 'ordering.OrderRemainderCancelled', version: 1, data: { orderId, reason: 'broken', ...value } as never },
        {
          type: 'ordering.CreditNoteRecorded',
          version: 2,
          data: { creditNoteId: `remainder-${orderId}`, orderId, channel: 'web', reason: 'broken', ...value } as never,
        },
      );
  });

  it('leaves an order that has shipped with what went out, and is delivered', () => {
    given(...partly(cancelRemainder)).becomes({ status: 'shipped', cancellation: null, parcels: [{ parcelId: 'p', lines: [A(1)] }] });
    given(...partly(cancelRemainder))
      .when(deliver)
      .emits({ type: 'ordering.OrderDelivered' });
  });

  it.each([
    ['what nobody confirmed', [place()], 'Nothing of the order has shipped: cancel it instead'],
    ['what has not shipped at all', [place(), confirm], 'Nothing of the order has shipped: cancel it instead'],
    ['what is cancelled', [place(), cancel], 'The order is cancelled already'],
    ['what has shipped whole', [place(), confirm, ship('p')], 'All of the order has shipped'],
    ['it twice', [place(), confirm, ship('p', [A(1)]), cancelRemainder], 'its remainder is cancelled already'],
    ['what is delivered', [place(), confirm, ship('p'), deliver], 'return it instead'],
    ['what was imported', [{ type: 'ImportOrder', data: newOrder() } as OrderCommand], 'return it instead'],
  ])('is not there to cancel: %s', (_, history, says) => {
    const { events, state } = play(order, history);
    given(...events)
      .when(cancelRemainder)
      .refuses('ordering.remainder-not-cancellable');
    expect(() => order.decide.CancelRemainder(cancelRemainder.data as never, state)).toThrow(says);
  });

  it('is not that of an order that nobody placed', () => given().when(cancelRemainder).refuses('ordering.order-not-found'));

  it('never goes out any more, also not once the order is delivered', () => {
    given(...partly(cancelRemainder))
      .when(ship('q', [A(1)]))
      .refuses('ordering.order-not-shippable');
    for (const history of [[cancelRemainder], [cancelRemainder, deliver]]) {
      given(...partly(...history))
        .when(request('r'))
        .emits({ type: 'ordering.ReturnRequested', data: expect.objectContaining({ units: 1, goodsTotal: '10.00', total: '12.00' }) });
      given(...partly(...history))
        .when(request('r', [A(2)]))
        .refuses('ordering.return-exceeds-order');
      given(...partly(...history))
        .when(credit('n', [{ sku: 'B', quantity: 1 }]))
        .refuses('ordering.credit-exceeds-order');
    }
  });

  it('is beside what is credited or comes back already', () => {
    given(...partly(credit('n', [A(1)]), cancelRemainder))
      .when(request('r'))
      .refuses('ordering.nothing-to-return');
    given(...partly(request('r'), cancelRemainder)).becomes({ status: 'shipped', taxBack: '7.00' });
    given(...partly(request('r'), cancelRemainder, reject('r')))
      .when(request('s'))
      .emits({ data: expect.objectContaining({ total: '12.00' }) });
  });

  it('tells a SKU’s prices apart', () => {
    const twice = [lines[0]!, { ...lines[0]!, unitPrice: '3.00' }];
    const { events } = play(order, [place(twice), confirm, ship('p', [A(4)])]);
    given(...events)
      .when(cancelRemainder)
      .emits({ data: expect.objectContaining({ units: 2, goodsTotal: '6.00' }) }, {});
  });
});

it('whatever went out before and comes back after, all that is given back is what the goods cost and their tax, and never more than was paid', () => {
  const line = fc.record({ price: fc.bigInt(0n, 99_999n).map((each) => fromUnits(each * 100n)), quantity: fc.integer({ min: 1, max: 6 }) });
  const asked = fc.record({
    lines: fc.array(line, { minLength: 1, maxLength: 4 }),
    shipping: fc.bigInt(0n, 999n).map((each) => fromUnits(each * 100n)),
    rate: fc.bigInt(0n, 400_000n).map(fromUnits),
  });
  const step = fc.tuple(fc.constantFrom('ship', 'credit', 'request', 'reject'), fc.nat(), fc.integer({ min: 1, max: 3 }));
  fc.assert(
    fc.property(asked, fc.array(step, { maxLength: 10 }), fc.array(step, { maxLength: 10 }), (what, before, behind) => {
      const sold = withTotals(what.lines.map(({ price, quantity }, index) => ({ ...goods, sku: `S${index}`, quantity, unitPrice: price })));
      const terms = { currency: 'GBP', shipping: { cost: what.shipping, freeFrom: null }, taxRates: { '*': what.rate } };
      const all = withTotals([...sold, ...chargesOf(sold, 'GBP', 'France', terms)]);
      const commands = (steps: typeof before, name: string) =>
        steps.map(([kind, index, quantity], nth): OrderCommand => {
          const some = [{ sku: sold[index % sold.length]!.sku, quantity }];
          if (kind === 'ship') return ship(`${name}${nth}`, some);
          if (kind === 'credit') return credit(`${name}${nth}`, some);
          return kind === 'request' ? request(`${name}${nth}`, some) : reject(`${name}${nth - 1}`);
        });
      const history = [...commands(before, 'b'), cancelRemainder, ...commands(behind, 'a')];
      // In the end all that is out comes back.
      const { events, state } = play(order, [place(all), confirm, ...history, ship('rest'), request('rest')]);
      const { returns, goods: known } = state as PlacedOrder;
      const notes = events.flatMap((event) => (event.type === 'ordering.CreditNoteRecorded' ? [event.data.lines] : []));
      const back: readonly OrderLine[][] = [...notes, ...returns.filter(({ status }) => status !== 'rejected').map((each) => [...each.lines])];
      expect(back.flat().every(({ lineTotal }) => toUnits(lineTotal) >= 0n)).toBe(true);
      expect(known.every(({ line: each, shipped, back: returned, dropped }) => shipped + dropped === each.quantity && returned === shipped)).toBe(
        true,
      );
      const total = amountOf(back.flat());
      const [price, tax] = [amountOf(sold), goodsTaxOf(all)];
      expect(toUnits(total) <= toUnits(sum([price, tax])) && toUnits(total) <= toUnits(amountOf(all))).toBe(true);
      // What a rejected return leaves above the rounded part makes the shares after it smaller, and there may be none after it.
      if (!returns.some(({ status }) => status === 'rejected')) expect(total).toBe(sum([price, tax]));
    }),
    { numRuns: 500 },
  );
});
