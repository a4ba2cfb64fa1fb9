import type { ControlTotal } from '@kernel/read-model.js';
import { asWhole } from './total-casts.js';

const QUANTITY = asWhole(`data->>'quantity'`);

/** Stock per SKU, counted from the events in Postgres: what came in less what went out, and what was set apart less what no longer is. */
export const stockControl: ControlTotal = {
  name: 'stock',
  context: 'catalog',
  readModel: 'stock',
  fromEvents: `
    WITH moved AS (
      SELECT type, data->>'sku' AS sku, ${QUANTITY} AS quantity FROM events
      WHERE type IN ('catalog.StockReceived', 'catalog.StockAdjusted', 'catalog.StockRestocked', 'catalog.StockShipped',
        'catalog.StockReserved', 'catalog.StockReleased', 'catalog.StockMovementImported')
    ), total AS (
      SELECT sku,
        sum(quantity) FILTER (WHERE type IN ('catalog.StockReceived', 'catalog.StockAdjusted', 'catalog.StockRestocked')) AS came,
        sum(quantity) FILTER (WHERE type = 'catalog.StockShipped') AS shipped,
        sum(quantity) FILTER (WHERE type = 'catalog.StockReserved') AS set_apart,
        sum(quantity) FILTER (WHERE type = 'catalog.StockReleased') AS given_back,
        sum(quantity) FILTER (WHERE type = 'catalog.StockMovementImported') AS imported
      FROM moved GROUP BY sku
    )
    SELECT 'on hand ' || sku AS measure, coalesce(came, 0) - coalesce(shipped, 0) AS value FROM total
    UNION ALL SELECT 'reserved ' || sku, coalesce(set_apart, 0) - coalesce(given_back, 0) - coalesce(shipped, 0) FROM total
    UNION ALL SELECT 'historical ' || sku, coalesce(imported, 0) FROM total`,
  fromReadModel: (source) => `
    SELECT concat('on hand ', sku) AS measure, sum(on_hand) AS value FROM ${source} GROUP BY sku
    UNION ALL SELECT concat('reserved ', sku), sum(reserved) FROM ${source} GROUP BY sku
    UNION ALL SELECT concat('historical ', sku), sum(historical) FROM ${source} GROUP BY sku`,
};
