import { play, specOf } from '@testing/given.js';
import { returnedGoods, type ReturnedGoodsCommand } from './returned-goods.js';

const given = specOf(returnedGoods);
const lines = [
  { sku: 'A', quantity: 1 },
  { sku: 'A', quantity: 2 },
];
const restock: ReturnedGoodsCommand = { type: 'RestockReturn', data: { returnId: 'r-1', orderId: 'o-1', lines } };

describe('the goods of a return', () => {
  it('go back to stock, one line for each SKU', () =>
    given()
      .when(restock)
      .emits({ type: 'catalog.ReturnRestocked', data: { returnId: 'r-1', orderId: 'o-1', lines: [{ sku: 'A', quantity: 3 }] } }));
  it('go back once', () =>
    given(...play(returnedGoods, [restock]).events)
      .when(restock)
      .emitsNothing());
});
