import type { ControlTotal } from '@kernel/read-model.js';
import { asDecimal, asWhole } from './total-casts.js';

const QUANTITY = asWhole(`l->>'quantity'`);
const UNIT_PRICE = asDecimal(`l->>'unitPrice'`);

/**
 * Sales counted from the events in Postgres, from quantities and unit prices rather than from the totals that the events carry, so that an
 * event whose sums are wrong is found as well. Only goods are sales; a line of the time when there was nothing else does not say what it is. The read
 * model must agree in every dimension.
 */
export const salesControl: ControlTotal = {
  name: 'sales',
  context: 'ordering',
  readModel: 'sales',
  fromEvents: `
    WITH reversible AS (
      SELECT position, type, data->>'currency' AS currency, data->'lines' AS lines FROM events
      WHERE type IN ('ordering.OrderPlaced', 'ordering.OrderCancelled', 'ordering.CreditNoteRecorded') AND jsonb_typeof(data->'lines') = 'array'
    ), line AS (
      SELECT r.position, r.type, r.currency, l->>'sku' AS sku, l->>'category' AS category,
        ${QUANTITY} AS quantity, ${QUANTITY} * ${UNIT_PRICE} AS amount
      FROM reversible r CROSS JOIN LATERAL jsonb_array_elements(r.lines) AS l
      WHERE coalesce(l->>'kind', 'goods') = 'goods'
    ), product AS (
      SELECT position, type, currency, sku, category, sum(quantity) AS units, sum(amount) AS amount
      FROM line GROUP BY position, type, currency, sku, category
    ), document AS (
      SELECT position, type, currency, sum(units) AS units, sum(amount) AS amount, count(DISTINCT sku) AS products, count(DISTINCT category) AS categories
      FROM product GROUP BY position, type, currency
    ), figure AS (
      SELECT currency,
        CASE type WHEN 'ordering.OrderPlaced' THEN 'gross' WHEN 'ordering.OrderCancelled' THEN 'cancelled' ELSE 'credits' END AS kind,
        sum(amount) AS amount, sum(units) AS units, count(*) AS orders, sum(products) AS orders_by_product, sum(categories) AS orders_by_category
      FROM document GROUP BY currency, kind
    )
    SELECT dimension || ' ' || currency || ' ' || kind AS measure, amount AS value
      FROM figure CROSS JOIN (VALUES ('country'), ('customer'), ('category'), ('product')) AS d(dimension)
    UNION ALL SELECT dimension || ' ' || currency || ' units', units
      FROM figure CROSS JOIN (VALUES ('country'), ('customer'), ('category'), ('product')) AS d(dimension) WHERE kind = 'gross'
    UNION ALL SELECT dimension || ' ' || currency || ' orders', orders
      FROM figure CROSS JOIN (VALUES ('country'), ('customer')) AS d(dimension) WHERE kind = 'gross'
    UNION ALL SELECT 'product ' || currency || ' orders', orders_by_product FROM figure WHERE kind = 'gross'
    UNION ALL SELECT 'category ' || currency || ' orders', orders_by_category FROM figure WHERE kind = 'gross'`,
  fromReadModel: (source) => `
    SELECT concat(dimension, ' ', currency, ' ', figure.1) AS measure, figure.2 AS value
    FROM (
      SELECT toString(dimension) AS dimension, toString(currency) AS currency,
        [('gross', toString(sum(gross))), ('cancelled', toString(sum(cancelled))), ('credits', toString(sum(credits))),
         ('units', toString(sum(units))), ('orders', toString(sum(orders)))] AS figures
      FROM ${source} GROUP BY dimension, currency
    ) ARRAY JOIN figures AS figure`,
};
