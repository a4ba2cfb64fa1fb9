import type { ReadModelDefinition } from '@kernel/read-model.js';

/** By what sales can be broken down; `country` has every order exactly once, and so stands for the total. */
export const SALES_DIMENSIONS = ['country', 'category', 'product', 'customer'] as const;
export type SalesDimension = (typeof SALES_DIMENSIONS)[number];

const MONEY = 'Decimal(38, 4)';
/** A total of amounts has more digits than one amount may have. */
const MONEY_TEXT = '^-?[0-9]{1,34}(\\\\.[0-9]{1,4})?$';
const LINES = 'Array(Tuple(sku String, category String, quantity Nullable(Int64), lineTotal String, kind String))';
/** What the projection takes from an event, in one go over its text: every further look would parse the whole of it again. */
const DATA = `Tuple(country String, currency String, customerId String, units Nullable(Int64), total String, goodsTotal String, lines ${LINES})`;

const KINDS = `multiIf(type = 'ordering.OrderPlaced', 'placed', type = 'ordering.OrderCancelled', 'cancelled', 'credited')`;
const SALES_EVENTS = `context = 'ordering' AND type IN ('ordering.OrderPlaced', 'ordering.OrderCancelled', 'ordering.CreditNoteRecorded')`;

/**
 * The figures of an event as it carries them, with the reason why it cannot be read, or ''. What its data lacks comes out empty. Sales are of goods:
 * until version 2 every line was goods and the total theirs; since then lines say what they are, and the goods' total stands beside that of all.
 */
const readSql = (source: string): string => `
  SELECT context, position, id, type, intent, ${KINDS} AS kind, toStartOfMinute(occurred_at) AS minute,
    JSONExtract(data, '${DATA}') AS d, d.1 AS country, d.2 AS currency, d.3 AS customer, d.4 AS total_units,
    if(version < 2, d.5, d.6) AS goods_total, if(version < 2, d.7, arrayFilter(line -> line.5 = 'goods', d.7)) AS lines,
    multiIf(
      NOT match(currency, '^[A-Z]{3}$'), 'currency',
      total_units IS NULL, 'units',
      NOT match(goods_total, '${MONEY_TEXT}'), if(version < 2, 'total', 'goodsTotal'),
      version > 1 AND arrayExists(line -> line.5 NOT IN ('goods', 'shipping', 'tax'), d.7), 'kind of a line',
      empty(lines), 'lines',
      arrayExists(line -> line.3 IS NULL, lines), 'quantity of a line',
      arrayExists(line -> NOT match(line.4, '${MONEY_TEXT}'), lines), 'lineTotal of a line',
      occurred_at < toDateTime64('1971-01-01 00:00:00', 3, 'UTC') OR occurred_at >= toDateTime64('2106-01-01 00:00:00', 3, 'UTC'), 'occurredAt out of range',
      '') AS reason
  FROM ${source} WHERE ${SALES_EVENTS}`;

/**
 * Each event as figures: (dimension, key, whether it counts as an order there, units, amount). An event counts once for every distinct
 * key, at the first of its lines that has the key.
 */
const FIGURES = `arrayConcat(
    [('country', country, toUInt8(1), assumeNotNull(total_units), goods_total), ('customer', customer, toUInt8(1), assumeNotNull(total_units), goods_total)],
    arrayMap((line, nth) -> ('category', line.2, toUInt8(nth = 1), assumeNotNull(line.3), line.4), lines, arrayEnumerateUniq(lines.2)),
    arrayMap((line, nth) -> ('product', line.1, toUInt8(nth = 1), assumeNotNull(line.3), line.4), lines, arrayEnumerateUniq(lines.1)))`;

const AMOUNT = `assumeNotNull(toDecimal128OrNull(figure.5, 4))`;
const when = (kind: string, value: string, zero: string): string => `if(kind = '${kind}', ${value}, ${zero})`;

/** Sales by minute, currency and one dimension at a time, as the trade defines them (docs/language.md). */
export const sales: ReadModelDefinition = {
  name: 'sales',
  contexts: ['ordering'],
  keys: {
    dimension: 'LowCardinality(String)',
    key: 'String',
    currency: 'LowCardinality(String)',
    minute: "DateTime('UTC')",
  },
  sums: { orders: 'Int64', units: 'Int64', gross: MONEY, cancelled: MONEY, credits: MONEY },
  projectionSql: (source) => `
    SELECT context, position, dimension, key, currency, minute,
      ${when('placed', 'counted', 'toInt64(0)')} AS orders,
      ${when('placed', 'quantity', 'toInt64(0)')} AS units,
      ${when('placed', 'amount', 'toDecimal128(0, 4)')} AS gross,
      ${when('cancelled', 'amount', 'toDecimal128(0, 4)')} AS cancelled,
      ${when('credited', 'amount', 'toDecimal128(0, 4)')} AS credits
    FROM (
      SELECT context, position, kind, currency, minute,
        figure.1 AS dimension, figure.2 AS key, toInt64(figure.3) AS counted, figure.4 AS quantity, ${AMOUNT} AS amount
      FROM (${readSql(source)}) ARRAY JOIN ${FIGURES} AS figure WHERE reason = '')`,
  unreadableSql: (source) => `SELECT context, position, id, type, reason, intent FROM (${readSql(source)}) WHERE reason != ''`,
};
