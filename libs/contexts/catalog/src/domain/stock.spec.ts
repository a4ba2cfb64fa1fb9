import { play, specOf } from '@testing/given.js';
import fc from 'fast-check';
import { availableOf, stock, type StockCommand, type StockEvent } from './stock.js';

const given = specOf(stock);
const sku = '85123A';
const orderId = 'o-1';
const receive = (quantity: number): StockCommand => ({ type: 'ReceiveStock', data: { sku, quantity, reason: 'received' } });
const adjust = (quantity: number): StockCommand => ({ type: 'AdjustStock', data: { sku, quantity, reason: 'counted' } });
const reserve = (quantity: number): StockCommand => ({ type: 'ReserveStock', data: { sku, orderId, quantity } });
const release = (quantity: number): StockCommand => ({ type: 'ReleaseStock', data: { sku, orderId, quantity } });
const ship = (quantity: number): StockCommand => ({ type: 'ShipStock', data: { sku, orderId, quantity } });
const restock = (quantity: number): StockCommand => ({ type: 'RestockUnits', data: { sku, returnId: 'r-1', quantity } });
const watch = (threshold: number): StockCommand => ({ type: 'SetLowStockThreshold', data: { sku, threshold } });
const recall = (quantity: number): StockCommand => ({
  type: 'ImportStockMovement',
  data: { sku, quantity, reason: 'damaged', reference: '536414-1', occurredAt: '2010-12-01T11:52:00.000Z' },
});

/** The history that commands leave behind. */
const after = (...commands: StockCommand[]) => play(stock, commands).events;
const ranLow = (available: number, threshold = 5) => ({ type: 'catalog.StockRanLow' as const, data: { sku, available, threshold } });

describe('the stock of a SKU', () => {
  it('grows by what is received', () =>
    given()
      .when(receive(5))
      .emits({ type: 'catalog.StockReceived', data: { sku, quantity: 5, reason: 'received' } }));
  it('receives no less than one', () => given().when(receive(0)).refuses('catalog.quantity-not-positive'));
  it('is adjusted down to zero', () =>
    given(...after(receive(5)))
      .when(adjust(-5))
      .emits({ type: 'catalog.StockAdjusted' }));
  it('is never adjusted below zero', () =>
    given(...after(receive(5)))
      .when(adjust(-6))
      .refuses('catalog.stock-below-zero'));
  it('is never adjusted below what orders wait for', () =>
    given(...after(receive(5), reserve(3)))
      .when(adjust(-3))
      .refuses('catalog.stock-reserved'));
  it('is adjusted down to what orders wait for', () =>
    given(...after(receive(5), reserve(3)))
      .when(adjust(-2))
      .emits({ type: 'catalog.StockAdjusted' }));
  it('is never more than can be counted', () =>
    given(...after(receive(5)))
      .when(receive(2_000_000_000))
      .refuses('catalog.stock-too-large'));
  it('is never more than can be counted by returns', () =>
    given(...after(receive(2_000_000_000)))
      .when(restock(1))
      .refuses('catalog.stock-too-large'));
  it('is not adjusted by nothing', () =>
    given(...after(receive(5)))
      .when(adjust(0))
      .refuses('catalog.quantity-zero'));
  it('remembers history at its own time', () =>
    given().when(recall(-3)).emits({ type: 'catalog.StockMovementImported', occurredAt: '2010-12-01T11:52:00.000Z' }));

  it('is reserved while there is any', () =>
    given(...after(receive(20)))
      .when(reserve(12))
      .emits({ type: 'catalog.StockReserved', data: { sku, orderId, quantity: 12 } }));
  it('is not sold twice', () =>
    given(...after(receive(20), reserve(12)))
      .when(reserve(9))
      .refuses('catalog.out-of-stock'));
  it('says how much there would be', () => {
    const { state } = play(stock, [receive(20), reserve(12)]);
    const refused = expect.objectContaining({ details: { sku, wanted: 9, available: 8 } });
    expect(() => stock.decide.ReserveStock({ sku, orderId, quantity: 9 }, state)).toThrow(refused);
  });
  it('can be sold again once it is released', () => given(...after(receive(20), reserve(20), release(5))).becomes({ onHand: 20, reserved: 15 }));
  it('leaves the house from what is reserved', () => given(...after(receive(20), reserve(20), ship(5))).becomes({ onHand: 15, reserved: 15 }));
  it('comes back', () => given(...after(receive(20), reserve(20), ship(20), restock(2))).becomes({ onHand: 2, reserved: 0 }));
  it.each([release(4), ship(4)])('gives no more than is reserved: $type', (command) =>
    given(...after(receive(20), reserve(3)))
      .when(command)
      .refuses('catalog.not-reserved'),
  );
  it.each([reserve(0), release(0), ship(-1), restock(0)])('moves no less than one: $type', (command) =>
    given(...after(receive(20), reserve(3)))
      .when(command)
      .refuses('catalog.quantity-not-positive'),
  );
});

describe('low stock', () => {
  it('is told when it falls to the threshold', () =>
    given(...after(receive(8)))
      .when(reserve(3))
      .emits({ type: 'catalog.StockReserved' }, ranLow(5)));
  it('is told once', () =>
    given(...after(receive(8), reserve(3)))
      .when(reserve(1))
      .emits({ type: 'catalog.StockReserved' }));
  it('is told again once it has risen above it', () =>
    given(...after(receive(8), reserve(3), release(1)))
      .when(adjust(-2))
      .emits({ type: 'catalog.StockAdjusted' }, ranLow(4)));
  it('is not told of the first few that ever came', () => given().when(receive(3)).emits({ type: 'catalog.StockReceived' }));
  it('is not told of what ships: it was not for sale any more', () =>
    given(...after(receive(8), reserve(2)))
      .when(ship(2))
      .emits({ type: 'catalog.StockShipped' }));
  it('is told when the threshold rises to it', () =>
    given(...after(receive(8)))
      .when(watch(10))
      .emits({ type: 'catalog.LowStockThresholdSet' }, ranLow(8, 10)));
  it('is over when the threshold falls below it', () =>
    given(...after(receive(8), watch(10), watch(3)))
      .when(reserve(5))
      .emits({ type: 'catalog.StockReserved' }, ranLow(3, 3)));
  it('is not watched anew by the threshold that it has', () => given().when(watch(5)).emitsNothing());
  it('has no threshold below zero', () => given().when(watch(-1)).refuses('catalog.threshold-negative'));
});

describe('whatever is asked of stock', () => {
  const quantity = fc.integer({ min: -3, max: 20 });
  const command = fc.oneof(...[receive, adjust, reserve, release, ship, restock, watch, recall].map((make) => quantity.map(make)));
  const commands = fc.array(command, { maxLength: 80 });
  const moved = (events: readonly StockEvent[], ...types: StockEvent['type'][]): number =>
    events.filter(({ type }) => types.includes(type)).reduce((total, { data }) => total + (data as { quantity: number }).quantity, 0);

  it('is conserved, and never below zero', () =>
    fc.assert(
      fc.property(commands, (asked) => {
        const { events, state } = play(stock, asked);
        const [shipped, released] = [moved(events, 'catalog.StockShipped'), moved(events, 'catalog.StockReleased')];
        expect(state.onHand).toBe(moved(events, 'catalog.StockReceived', 'catalog.StockAdjusted', 'catalog.StockRestocked') - shipped);
        expect(state.reserved).toBe(moved(events, 'catalog.StockReserved') - released - shipped);
        expect(state.reserved).toBeGreaterThanOrEqual(0);
        expect(availableOf(state)).toBeGreaterThanOrEqual(0);
      }),
    ));

  it('is called low exactly once for each fall', () =>
    fc.assert(
      fc.property(commands, (asked) => {
        let before = stock.initial;
        for (const each of asked) {
          const { events, state } = play(stock, [each], before);
          const fell = availableOf(before) > before.threshold && availableOf(state) <= state.threshold;
          expect(events.filter(({ type }) => type === 'catalog.StockRanLow')).toHaveLength(fell ? 1 : 0);
          expect(state.low).toBe(availableOf(state) <= state.threshold);
          before = state;
        }
      }),
    ));
});
