import type { ControlTotal } from '@kernel/read-model.js';
import { asWhole } from './total-casts.js';

const QUANTITY = asWhole(`data->>'quantity'`);

/** Stock per SKU, counted from the events in Postgres. */
export const stockControl: ControlTotal = {
  name: 'stock',
  context: 'catalog',
  readModel: 'stock',
  fromEvents: `
    SELECT 'on hand ' || (data->>'sku') AS measure, sum(${QUANTITY}) AS value
      FROM events WHERE type IN ('catalog.StockReceived', 'catalog.StockAdjusted') GROUP BY data->>'sku'
    UNION ALL SELECT 'historical ' || (data->>'sku'), sum(${QUANTITY})
      FROM events WHERE type = 'catalog.StockMovementImported' GROUP BY data->>'sku'`,
  fromReadModel: (source) => `
    SELECT concat('on hand ', sku) AS measure, sum(on_hand) AS value FROM ${source} GROUP BY sku
    UNION ALL SELECT concat('historical ', sku), sum(historical) FROM ${source} GROUP BY sku`,
};
