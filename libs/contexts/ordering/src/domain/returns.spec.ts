import { play, specOf } from '@testing/given.js';
import { charge, goods, lines } from '@testing/taxed-order.js';
import { fromUnits, sum, toUnits } from '@kernel/money.js';
import fc from 'fast-check';
import type { OrderLine } from '../contract/events.js';
import { order, type OrderCommand, type OrderEvent, type PlacedOrder } from './order.js';
import { goodsTaxOf, taxOf } from './worth.js';

const given = specOf(order);
const orderId = 'o-1';
type Lines = Extract<OrderCommand, { type: 'PlaceOrder' }>['data']['lines'];
const place = (of: Lines = lines): OrderCommand => ({
  type: 'PlaceOrder',
  data: {
    orderId,
    customerId: 'c-1',
    country: 'France',
    currency: 'GBP',
    placedAt: '2026-11-21T10:00:00.000Z',
    payment: { token: 'tok' },
    lines: of,
  },
});
const imported = { ...place(), type: 'ImportOrder' } as OrderCommand;
const confirm: OrderCommand = { type: 'ConfirmOrder', data: { orderId, awaits: null } };
const ship = (parcelId: string, of: { sku: string; quantity: number }[] | null = null): OrderCommand => ({
  type: 'ShipOrder',
  data: { orderId, parcelId, lines: of, awaits: null },
});
const request = (returnId: string, of: { sku: string; quantity: number }[] | null = null): OrderCommand => ({
  type: 'RequestReturn',
  data: { orderId, returnId, reason: 'too small', lines: of },
});
const receive = (returnId: string): OrderCommand => ({ type: 'ReceiveReturn', data: { orderId, returnId } });
const reject = (returnId: string): OrderCommand => ({ type: 'RejectReturn', data: { orderId, returnId, reason: 'worn' } });
const creditReturn = (returnId: string): OrderCommand => ({ type: 'CreditReturn', data: { orderId, returnId } });
const credit = (creditNoteId: string, quantity: number, sku: string): OrderCommand => ({
  type: 'CreditOrder',
  data: { orderId, creditNoteId, reason: 'sorry', lines: [{ sku, quantity }] },
});
const shipped = (...commands: OrderCommand[]): OrderEvent[] => [...play(order, [place(), confirm, ship('p'), ...commands]).events];
const A = (quantity: number) => ({ sku: 'A', quantity });

describe('a return', () => {
  it('is of some goods or all, worth their price and their share of the goods’ tax', () => {
    given(...shipped())
      .when(request('r', [A(1)]))
      .emits({ type: 'ordering.ReturnRequested', version: 1, data: expect.objectContaining({ units: 1, goodsTotal: '10.00', total: '12.00' }) });
    given(...shipped())
      .when(request('r'))
      .emits({ data: expect.objectContaining({ units: 4, goodsTotal: '35.00', total: '42.00' }) });
  });

  it('goes from requested to received to credited, at the worth that it was given first', () => {
    const worth = { goodsTotal: '10.00', total: '12.00', units: 1 };
    given(...shipped(request('r', [A(1)])))
      .when(receive('r'))
      .emits({ type: 'ordering.ReturnReceived', data: expect.objectContaining({ returnId: 'r', orderId, ...worth }) });
    given(...shipped(request('r', [A(1)]), receive('r')))
      .when(creditReturn('r'))
      .emits({ type: 'ordering.CreditNoteRecorded', version: 2, data: expect.objectContaining({ creditNoteId: 'r', channel: 'web', ...worth }) });
    given(...shipped(request('r', [A(1)]), receive('r'), creditReturn('r')))
      .when(creditReturn('r'))
      .emitsNothing();
  });

  it('is of what has shipped, and of nothing twice', () => {
    const part = play(order, [place(), confirm, ship('p', [A(2)])]).events;
    given(...part)
      .when(request('r', [A(3)]))
      .refuses('ordering.return-exceeds-order');
    given(...part)
      .when(request('r'))
      .emits({ data: expect.objectContaining({ units: 2 }) });
    given(...shipped(request('r', [A(2)])))
      .when(request('q', [A(2)]))
      .refuses('ordering.return-exceeds-order');
    given(...shipped(request('r', [A(2)])))
      .when(credit('n', 2, 'A'))
      .refuses('ordering.credit-exceeds-order');
    given(...shipped(request('r')))
      .when(request('q'))
      .refuses('ordering.nothing-to-return');
    given(...shipped(credit('n', 3, 'A')))
      .when(request('r', [A(1)]))
      .refuses('ordering.return-exceeds-order');
  });

  it('leaves what it was of to others once it is rejected', () => {
    given(...shipped(request('r'), reject('r'))).becomes({ taxBack: '0.00' });
    given(...shipped(request('r'), reject('r')))
      .when(request('q'))
      .emits({ data: expect.objectContaining({ total: '42.00' }) });
  });

  it('takes no tax away where a rejected one left more given back than the rest is worth', () => {
    const three = ['A', 'B', 'C'].map((sku) => ({ ...goods, sku, quantity: 1, unitPrice: '1.00' }));
    const history = [
      place([...three, { ...goods, sku: 'GIFT', quantity: 1, unitPrice: '0.00' }, charge('tax', '0.02')]),
      confirm,
      ship('p'),
      ...['A', 'B', 'C'].map((sku) => request(sku, [{ sku, quantity: 1 }])),
      reject('B'),
    ];
    const gift = request('gift', [{ sku: 'GIFT', quantity: 1 }]);
    given(...play(order, history).events)
      .when(gift)
      .emits({ data: expect.objectContaining({ total: '0.00', lines: [expect.objectContaining({ kind: 'goods' })] }) });
    given(...play(order, [...history, gift]).events)
      .when(request('rest'))
      .emits({ data: expect.objectContaining({ total: '1.00' }) });
  });

  it.each([
    ['ask for it before anything shipped', request('r'), 'ordering.order-not-returnable', [place(), confirm]],
    ['ask for it of a past system’s order', request('r'), 'ordering.order-not-returnable', [imported]],
    ['ask for it twice', request('r', [A(1)]), 'ordering.return-exists', shippedWith(request('r', [A(1)]))],
    ['receive what nobody asked for', receive('x'), 'ordering.return-not-found', shippedWith()],
    ['receive it twice', receive('r'), 'ordering.return-not-receivable', shippedWith(request('r'), receive('r'))],
    ['receive what was rejected', receive('r'), 'ordering.return-not-receivable', shippedWith(request('r'), reject('r'))],
    ['reject what is received', reject('r'), 'ordering.return-not-rejectable', shippedWith(request('r'), receive('r'))],
    ['reject it twice', reject('r'), 'ordering.return-not-rejectable', shippedWith(request('r'), reject('r'))],
    ['credit what is not received', creditReturn('r'), 'ordering.return-not-creditable', shippedWith(request('r'))],
    ['credit what was rejected', creditReturn('r'), 'ordering.return-not-creditable', shippedWith(request('r'), reject('r'))],
  ] as const)('refuses to %s', (_, command, code, history) =>
    given(...play(order, history).events)
      .when(command)
      .refuses(code),
  );
});

function shippedWith(...commands: OrderCommand[]): OrderCommand[] {
  return [place(), confirm, ship('p'), ...commands];
}

describe('whatever is sold, shipped, sent back and credited, in whatever order', () => {
  const skus = ['A', 'B', 'C'];
  const line = fc.record({
    kind: fc.constant('goods' as const),
    sku: fc.constantFrom(...skus),
    name: fc.constant('x'),
    category: fc.constant('y'),
    quantity: fc.integer({ min: 1, max: 20 }),
    unitPrice: fc.oneof(fc.constant('0.00'), fc.bigInt(0n, 9_999_999n).map(fromUnits)),
  });
  const amount = (kind: 'shipping' | 'tax') => fc.bigInt(1n, 99_999n).map((cents) => charge(kind, fromUnits(cents * 100n)));
  const sold = fc
    .tuple(fc.array(line, { minLength: 1, maxLength: 4 }), fc.option(amount('shipping')), fc.option(amount('tax')))
    .map(([some, shipping, tax]) => [...some, ...(shipping ? [shipping] : []), ...(tax ? [tax] : [])]);
  const some = fc.array(fc.record({ sku: fc.constantFrom(...skus), quantity: fc.integer({ min: 1, max: 12 }) }), { minLength: 1, maxLength: 2 });
  const id = fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5');
  const later = fc.oneof(
    fc.tuple(id, fc.option(some)).map(([parcel, of]) => ship(parcel, of)),
    fc.tuple(id, fc.option(some)).map(([returnId, of]) => request(returnId, of)),
    fc.tuple(id, fc.constantFrom(receive, reject, creditReturn)).map(([returnId, step]) => step(returnId)),
    fc.tuple(fc.uuid(), fc.integer({ min: 1, max: 9 }), fc.constantFrom(...skus)).map(([note, quantity, sku]) => credit(note, quantity, sku)),
  );
  const played = (of: Lines, rest: OrderCommand[]) => play(order, [place(of), confirm, ...rest]);
  const credits = (events: readonly OrderEvent[]) => events.flatMap((event) => (event.type === 'ordering.CreditNoteRecorded' ? [event.data] : []));

  it('never credits more than was sold, shipping never, and each unit and each bit of tax once', () => {
    fc.assert(
      fc.property(sold, fc.array(later, { maxLength: 30 }), (of, rest) => {
        const { events, state } = played(of, rest);
        const { goods: each, goodsTotal, taxBack, lines: all, returns } = state as PlacedOrder;
        for (const { line: sale, shipped: out, back } of each) expect(0 <= back && back <= out && out <= sale.quantity).toBe(true);
        const notes = credits(events);
        const owed = returns.filter(({ status }) => status === 'requested' || status === 'received');
        expect(sum([...notes, ...owed].map((note) => taxOf(note.lines)))).toBe(taxBack);
        expect(toUnits(taxBack) <= toUnits(goodsTaxOf(all))).toBe(true);
        expect(toUnits(sum(notes.map((note) => note.goodsTotal))) <= toUnits(goodsTotal)).toBe(true);
        expect(notes.flatMap((note) => note.lines).some(({ kind, lineTotal }) => kind === 'shipping' || lineTotal.startsWith('-'))).toBe(false);
      }),
    );
  });

  it('gives back goods and tax exactly once all of it came back, in whatever parts', () => {
    fc.assert(
      fc.property(sold, fc.array(later, { maxLength: 20 }), (of, rest) => {
        const open = ['r1', 'r2', 'r3', 'r4', 'r5'].flatMap((returnId) => [receive(returnId), creditReturn(returnId)]);
        const last = [ship('last'), ...open, request('rest'), receive('rest'), creditReturn('rest')];
        const { events, state } = played(of, [...rest, ...last]);
        const { lines: all, goodsTotal } = state as PlacedOrder;
        const worth = sum([goodsTotal, goodsTaxOf(all as OrderLine[])]);
        expect(sum(credits(events).map(({ total }) => total))).toBe(worth);
      }),
    );
  });
});
