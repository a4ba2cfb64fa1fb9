import { play, specOf } from '@testing/given.js';
import fc from 'fast-check';
import { stock, type StockCommand, type StockEvent } from './stock.js';

const given = specOf(stock);
const sku = '85123A';
const receive = (quantity: number): StockCommand => ({ type: 'ReceiveStock', data: { sku, quantity, reason: 'received' } });
const adjust = (quantity: number): StockCommand => ({ type: 'AdjustStock', data: { sku, quantity, reason: 'counted' } });
const recall = (quantity: number): StockCommand => ({
  type: 'ImportStockMovement',
  data: { sku, quantity, reason: 'damaged', reference: '536414-1', occurredAt: '2010-12-01T11:52:00.000Z' },
});
const received: StockEvent = { type: 'catalog.StockReceived', version: 1, data: { sku, quantity: 5, reason: 'received' } };

describe('the stock of a SKU', () => {
  it('grows by what is received', () => given().when(receive(5)).emits(received));
  it('receives no less than one', () => given().when(receive(0)).refuses('catalog.quantity-not-positive'));
  it('is adjusted down to zero', () => given(received).when(adjust(-5)).emits({ type: 'catalog.StockAdjusted' }));
  it('is never adjusted below zero', () => given(received).when(adjust(-6)).refuses('catalog.stock-below-zero'));
  it('is never more than can be counted', () => given(received).when(receive(2_000_000_000)).refuses('catalog.stock-too-large'));
  it('is not adjusted by nothing', () => given(received).when(adjust(0)).refuses('catalog.quantity-zero'));
  it('remembers history at its own time', () =>
    given().when(recall(-3)).emits({ type: 'catalog.StockMovementImported', occurredAt: '2010-12-01T11:52:00.000Z' }));

  it('is never below zero, and history does not move it', () => {
    const quantity = fc.integer({ min: -20, max: 20 });
    const command = fc.oneof(quantity.map(receive), quantity.map(adjust), quantity.map(recall));
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const { events, state } = play(stock, commands);
        const moved = events
          .filter((event) => event.type !== 'catalog.StockMovementImported')
          .reduce((total, event) => total + event.data.quantity, 0);
        expect(state.onHand).toBe(moved);
        expect(state.onHand).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
