import { moneyDifferences, stockDifferences, takings, undecided, type OrderRecord, type StockRecord } from './books.js';

const line = (quantity: number, sku = 'a') => ({ kind: 'goods', sku, quantity });
const order = (status: string, rest: Partial<OrderRecord> = {}): OrderRecord => ({
  id: 'o1',
  status,
  total: '10.00',
  lines: [line(4), { kind: 'shipping', sku: 'shipping', quantity: 1 }],
  payment: { status: '', authorised: '10.00', captured: '0.00', refunded: '0.00' },
  history: [],
  ...rest,
});
const paid = (captured: string, refunded = '0.00') => ({ payment: { status: '', authorised: '10.00', captured, refunded } });
const shipped = (...lines: object[]) => ({ type: 'ordering.OrderShipped', data: { lines } });
const received = (...lines: object[]) => ({ type: 'ordering.ReturnReceived', data: { lines } });
const credited = (total: string) => ({ type: 'ordering.CreditNoteRecorded', data: { total } });
const stock = (onHand: number, reserved: number, rest: Partial<StockRecord> = {}): StockRecord[] => [
  { sku: 'a', received: 10, onHand, reserved, stock: onHand - reserved, analysts: onHand, ...rest },
];

describe('stock', () => {
  it.each<[string, OrderRecord, StockRecord[]]>([
    ['confirmed', order('confirmed'), stock(10, 4)],
    ['partially-shipped', order('partially-shipped', { history: [shipped(line(1))] }), stock(9, 3)],
    ['shipped', order('shipped', { history: [shipped(line(1)), shipped(line(3))] }), stock(6, 0)],
    [
      'delivered, and partly back',
      order('delivered', { history: [shipped(line(4)), received(line(2), { kind: 'tax', sku: 'a', quantity: 9 })] }),
      stock(8, 0),
    ],
    ['cancelled', order('cancelled'), stock(10, 0)],
  ])('is conserved behind an order that is %s', (_, one, records) => expect(stockDifferences([one], records)).toEqual([]));

  it.each<[string, StockRecord[], string]>([
    ['is gone', stock(9, 4), 'onHand'],
    ['is held for nobody', stock(10, 5), 'reserved'],
    ['is sold twice', stock(10, 4, { stock: 10 }), 'stock'],
    ['is not what analysts see', stock(10, 4, { analysts: 11 }), 'analysts'],
    ['is unknown to analysts', stock(10, 4, { analysts: null }), 'analysts'],
  ])('shows what %s', (_, records, figure) =>
    expect(stockDifferences([order('confirmed')], records)).toEqual(expect.arrayContaining([expect.objectContaining({ of: 'a', figure })])),
  );
});

describe('money', () => {
  it.each<[string, OrderRecord]>([
    ['nothing before it is sent', order('confirmed')],
    ['all of it at once, where the provider did so', order('confirmed', paid('10.00'))],
    ['all of it with the first parcel', order('partially-shipped', paid('10.00'))],
    ['all of it less what came back', order('delivered', { ...paid('10.00', '2.50'), history: [credited('1.25'), credited('1.25')] })],
    ['nothing of what was cancelled', order('cancelled', paid('10.00', '10.00'))],
    ['nothing of what was cancelled before anybody was asked', order('cancelled', { payment: null })],
  ])('is taken as it should be: %s', (_, one) => expect(moneyDifferences([one])).toEqual([]));

  it.each<[string, OrderRecord, string]>([
    ['kept of what was cancelled', order('cancelled', paid('10.00')), 'kept'],
    ['taken in part', order('shipped', paid('9.99')), 'captured'],
    ['not taken', order('delivered'), 'captured'],
    ['given back for nothing', order('delivered', paid('10.00', '0.01')), 'refunded'],
    ['not given back', order('delivered', { ...paid('10.00'), history: [credited('1.25')] }), 'refunded'],
    ['not even asked for', order('confirmed', { payment: null }), 'payment'],
  ])('shows what was %s', (_, one, figure) => expect(moneyDifferences([one])).toEqual([expect.objectContaining({ of: 'o1', figure })]));

  it('adds up exactly', () =>
    expect(takings([order('shipped', paid('0.10')), order('shipped', paid('0.20', '0.05')), order('cancelled', { payment: null })])).toEqual({
      captured: '0.30',
      refunded: '0.05',
      kept: '0.25',
    }));
});

it('knows which orders nobody decided about', () =>
  expect(undecided([order('confirmed'), order('placed'), order('cancelled')])).toEqual([expect.objectContaining({ of: 'o1', actual: 'placed' })]));
