import type { ReadModelDefinition } from '@kernel/read-model.js';

const STOCK_EVENTS = `context = 'catalog' AND type IN ('catalog.StockReceived', 'catalog.StockAdjusted', 'catalog.StockMovementImported')`;

const readSql = (source: string): string => `
  SELECT context, position, id, type, intent, JSONExtractString(data, 'sku') AS sku,
    JSONExtract(data, 'quantity', 'Nullable(Int64)') AS quantity,
    multiIf(NOT isValidJSON(data), 'data is not JSON', sku = '', 'sku', quantity IS NULL, 'quantity', '') AS reason
  FROM ${source} WHERE ${STOCK_EVENTS}`;

/** Stock by SKU: what is on hand, and apart from it the historical movements, which move no sellable stock. */
export const stock: ReadModelDefinition = {
  name: 'stock',
  contexts: ['catalog'],
  keys: { sku: 'String' },
  // `movements` is never zero: a merge would drop the row of a SKU whose quantities add up to nothing.
  sums: { on_hand: 'Int64', historical: 'Int64', movements: 'Int64' },
  projectionSql: (source) => `
    SELECT context, position, sku,
      if(type = 'catalog.StockMovementImported', toInt64(0), assumeNotNull(quantity)) AS on_hand,
      if(type = 'catalog.StockMovementImported', assumeNotNull(quantity), toInt64(0)) AS historical,
      toInt64(1) AS movements
    FROM (${readSql(source)}) WHERE reason = ''`,
  unreadableSql: (source) => `SELECT context, position, id, type, reason, intent FROM (${readSql(source)}) WHERE reason != ''`,
};
