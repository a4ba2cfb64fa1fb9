import { ClickHouseReadStore } from '@adapters/read-store/src/clickhouse-read-store.js';
import type { StockEvent } from '@contexts/catalog/src/domain/stock.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { stockControl } from '../../controls/stock.control.js';
import { GetStock, GetStockHandler, GetStockQuery } from './get-stock.query.js';
import { stock } from './stock.projection.js';

const event = <Type extends StockEvent['type']>(type: Type, data: Extract<StockEvent, { type: Type }>['data']) => ({
  type,
  stream: `stock-${data.sku}`,
  data,
});
const orderId = 'o-1';

describe('the read model of stock', () => {
  let test: TestReadSide;
  beforeAll(async () => {
    test = await testReadSide({ readModels: [stock], controls: [stockControl] });
    await test.append(
      'catalog',
      event('catalog.StockReceived', { sku: 'MUG', quantity: 100, reason: 'received' }),
      event('catalog.StockAdjusted', { sku: 'MUG', quantity: -4, reason: 'count' }),
      event('catalog.StockReserved', { sku: 'MUG', orderId, quantity: 30 }),
      event('catalog.StockRanLow', { sku: 'MUG', available: 66, threshold: 70 }),
      event('catalog.StockShipped', { sku: 'MUG', orderId, quantity: 12 }),
      event('catalog.StockReleased', { sku: 'MUG', orderId, quantity: 8 }),
      event('catalog.StockRestocked', { sku: 'MUG', returnId: 'r-1', quantity: 2 }),
      event('catalog.LowStockThresholdSet', { sku: 'PAN', threshold: 3 }),
      event('catalog.StockMovementImported', { sku: 'PAN', quantity: -9, reason: 'write-off', reference: 'PAN/1' }),
    );
    await test.landed();
  });
  afterAll(() => test?.drop());

  it('knows what is on hand, what of it is reserved, and what can be sold', async () => {
    const store = new ClickHouseReadStore(test.side.clickhouse.reading, [stock]);
    const { items } = await new GetStockHandler(store, test.side.watermarks).execute(new GetStock(new GetStockQuery()));
    expect(items).toEqual([
      { sku: 'MUG', onHand: 86, reserved: 10, available: 76, historical: 0 },
      { sku: 'PAN', onHand: 0, reserved: 0, available: 0, historical: -9 },
    ]);
  });

  it('agrees with the events, counted apart', async () => {
    const certificate = await test.side.auditor.audit();
    expect(certificate.proofs.flatMap(({ differences }) => differences)).toEqual([]);
    expect(certificate.proofs.find(({ name }) => name === 'control-totals')).toMatchObject({ equal: true, checked: 6 });
  });

  it('does not agree where an event is missing from one side', async () => {
    await test.tamper('catalog', `update catalog.event set data = replace(data, '12', '13') where type = 'catalog.StockShipped'`);
    const { proofs } = await test.side.auditor.audit();
    const totals = proofs.find(({ name }) => name === 'control-totals')!;
    expect(totals.differences.map(({ key, expected, actual }) => [key, expected, actual])).toEqual([
      ['stock on hand MUG', '85.00', '86.00'],
      ['stock reserved MUG', '9.00', '10.00'],
    ]);
  });
});
