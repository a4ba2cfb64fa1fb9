import type { ReadModelDefinition } from '@kernel/read-model.js';

/** What one unit of an event's quantity does to each of the sums: on hand, reserved, historical. */
const EFFECTS: Readonly<Record<string, readonly [onHand: number, reserved: number, historical: number]>> = {
  'catalog.StockReceived': [1, 0, 0],
  'catalog.StockAdjusted': [1, 0, 0],
  'catalog.StockReserved': [0, 1, 0],
  'catalog.StockReleased': [0, -1, 0],
  'catalog.StockShipped': [-1, -1, 0],
  'catalog.StockRestocked': [1, 0, 0],
  'catalog.StockMovementImported': [0, 0, 1],
};

const TYPES = Object.keys(EFFECTS)
  .map((type) => `'${type}'`)
  .join(', ');
const STOCK_EVENTS = `context = 'catalog' AND type IN (${TYPES})`;

/** The quantity as it counts in the nth of the sums. */
const counted = (nth: 0 | 1 | 2): string => {
  const cases = Object.entries(EFFECTS).flatMap(([type, effect]) => (effect[nth] === 0 ? [] : [`type = '${type}', ${effect[nth]}`]));
  return `toInt64(assumeNotNull(quantity) * multiIf(${cases.join(', ')}, 0))`;
};

const readSql = (source: string): string => `
  SELECT context, position, id, type, intent, JSONExtractString(data, 'sku') AS sku,
    JSONExtract(data, 'quantity', 'Nullable(Int64)') AS quantity,
    multiIf(NOT isValidJSON(data), 'data is not JSON', sku = '', 'sku', quantity IS NULL, 'quantity', '') AS reason
  FROM ${source} WHERE ${STOCK_EVENTS}`;

/** Stock by SKU: what is on hand, what of it is reserved, and apart from both the historical movements, which move no sellable stock. */
export const stock: ReadModelDefinition = {
  name: 'stock',
  contexts: ['catalog'],
  keys: { sku: 'String' },
  // `movements` is never zero: a merge would drop the row of a SKU whose quantities add up to nothing.
  sums: { on_hand: 'Int64', reserved: 'Int64', historical: 'Int64', movements: 'Int64' },
  projectionSql: (source) => `
    SELECT context, position, sku, ${counted(0)} AS on_hand, ${counted(1)} AS reserved, ${counted(2)} AS historical, toInt64(1) AS movements
    FROM (${readSql(source)}) WHERE reason = ''`,
  unreadableSql: (source) => `SELECT context, position, id, type, reason, intent FROM (${readSql(source)}) WHERE reason != ''`,
};
