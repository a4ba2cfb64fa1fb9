// Changes to the events' document that `npm run check` must tell apart: each break is caught by a message that fits, and nothing harmless is.
const message = (document, name) => document.components.messages[name];
const payload = (document, name) => message(document, name).payload;
const placed = (document) => payload(document, 'ordering.OrderPlaced.v2');
const line = (document) => placed(document).properties.lines.items;
const headers = (document) => document.components.schemas.EventHeaders;

/** @type {[string, (document: any) => void, RegExp][]} */
export const breaks = [
  ['a topic is gone', (d) => delete d.channels['catalog.events'], /^catalog\.events: is gone/],
  ['a topic has another name', (d) => (d.channels['catalog.events'].address = 'products'), /address was catalog\.events, is products/],
  ['an event is gone', (d) => remove(d, 'catalog.events', 'catalog.StockRanLow.v1'), /catalog\.StockRanLow\.v1: is gone/],
  ['an older version is gone', (d) => remove(d, 'ordering.events', 'ordering.OrderPlaced.v1'), /ordering\.OrderPlaced\.v1: is gone/],
  ['an event is in another topic', (d) => move(d), /catalog\.events: catalog\.ReturnRestocked\.v1: is gone/],
  ['an event is in another stream', (d) => (message(d, 'catalog.StockShipped.v1')['x-stream'] = 'order-{orderId}'), /stream was stock-\{sku\}/],
  ['a field is gone', (d) => delete placed(d).properties.country, /OrderPlaced\.v2: payload: country is gone/],
  ['a nested field is gone', (d) => delete line(d).properties.category, /payload\.lines\[\]: category is gone/],
  ['a field has another type', (d) => (placed(d).properties.units.type = 'string'), /payload\.units: type was integer, is string/],
  ['a whole number may have places', (d) => (placed(d).properties.units.type = 'number'), /payload\.units: type was integer, is number/],
  ['a field may be null', (d) => (placed(d).properties.country.type = ['string', 'null']), /payload\.country: type was string/],
  ['a field may no longer be null', (d) => (placed(d).properties.customerId.type = 'string'), /payload\.customerId: type was string or null/],
  [
    'an object may no longer be null',
    (d) => (placed(d).properties.payment = placed(d).properties.payment.anyOf[0]),
    /payload\.payment: type was any/,
  ],
  ['a new field is required', (d) => require(placed(d), 'coupon'), /payload: coupon is required now/],
  ['a new nested field is required', (d) => require(line(d), 'discount'), /payload\.lines\[\]: discount is required now/],
  ['an optional field is required', (d) => payload(d, 'ordering.PaymentRefunded.v1').required.push('attempt'), /payload: attempt is required now/],
  ['a field may be left out', (d) => placed(d).required.pop(), /payload: total may be left out now/],
  ['an enumeration has fewer values', (d) => placed(d).properties.channel.enum.pop(), /payload\.channel: no longer takes import/],
  ['a nested enumeration has fewer values', (d) => line(d).properties.kind.enum.shift(), /kind: no longer takes goods/],
  ['an enumeration takes anything', (d) => delete placed(d).properties.channel.enum, /payload\.channel: any value now/],
  ['a text takes some values only', (d) => (placed(d).properties.country.enum = ['France']), /payload\.country: takes only some values now/],
  ['a text must be longer', (d) => (placed(d).properties.country.minLength = 2), /payload\.country: minLength was 1, is 2/],
  ['a text must be shorter', (d) => (placed(d).properties.country.maxLength = 60), /payload\.country: maxLength was none, is 60/],
  ['a number must be smaller', (d) => (line(d).properties.quantity.maximum = 100), /quantity: maximum was none, is 100/],
  ['a list must be longer', (d) => (placed(d).properties.lines.minItems = 2), /payload\.lines: minItems was 1, is 2/],
  ['a text has another pattern', (d) => (placed(d).properties.total.pattern = '^\\d+$'), /payload\.total: pattern was .*, is \^\\d\+\$/],
  ['a text has another form', (d) => (placed(d).properties.placedAt.format = 'date'), /payload\.placedAt: format was date-time, is date/],
  ['a text has no form any more', (d) => delete placed(d).properties.placedAt.format, /payload\.placedAt: format was date-time, is none/],
  ['a list holds anything', (d) => delete placed(d).properties.lines.items, /payload\.lines\[\]: any value now/],
  ['a map holds something else', (d) => (deadlines(d).additionalProperties = { type: 'number' }), /deadlines\.\*: type was string, is number/],
  ['unknown fields are refused', (d) => (placed(d).additionalProperties = false), /refuses unknown properties now/],
  [
    'a personal datum is not sealed',
    (d) => (payload(d, 'identity.UserRenamed.v1').properties.name = { type: 'string' }),
    /payload\.name: type was object/,
  ],
  [
    'a field of an older version has another type',
    (d) => (payload(d, 'ordering.OrderPlaced.v1').properties.units.type = 'string'),
    /OrderPlaced\.v1: payload\.units/,
  ],
  ['a header is gone', (d) => delete headers(d).properties.ce_previous, /headers: ce_previous is gone/],
  ['a header has another form', (d) => (headers(d).properties.ce_id.format = 'uri'), /headers\.ce_id: format was uuid/],
  [
    'a header may be left out',
    (d) => (headers(d).required = headers(d).required.filter((name) => name !== 'ce_digest')),
    /ce_digest may be left out/,
  ],
  [
    'an event has another type',
    (d) => (message(d, 'catalog.ProductRetired.v1').headers.allOf[1].properties.ce_type.const = 'x'),
    /ce_type: const was/,
  ],
  [
    'a value is no JSON any more',
    (d) => (message(d, 'catalog.ProductRetired.v1').contentType = 'application/avro'),
    /contentType was application\/json/,
  ],
  ['a command is gone', (d) => remove(d, 'catalog.commands', 'catalog.ShipStock'), /catalog\.ShipStock: is gone/],
  [
    'a command has a new required field',
    (d) => require(payload(d, 'catalog.ShipStock'), 'carrier'),
    /catalog\.ShipStock: payload: carrier is required/,
  ],
  ['a fixed value is another', (d) => (payload(d, 'catalog.ReleaseStock').properties.only.const = 'parcel'), /only: const was lines, is parcel/],
];

/** @type {[string, (document: any) => void][]} */
export const harmless = [
  ['a new optional field', (d) => (placed(d).properties.note = { type: 'string' })],
  ['a new optional nested field', (d) => (line(d).properties.note = { type: 'string' })],
  ['a new event', (d) => add(d, 'ordering.events', 'ordering.OrderPraised.v1')],
  ['a new version', (d) => add(d, 'ordering.events', 'ordering.OrderPlaced.v3')],
  ['a version that is no longer the newest', (d) => (message(d, 'ordering.OrderPlaced.v2')['x-newest-version'] = 3)],
  ['a new command', (d) => add(d, 'ordering.commands', 'ordering.PraiseOrder')],
  ['a new topic', (d) => (d.channels['insights.events'] = { address: 'insights.events', messages: {} })],
  ['a new optional header', (d) => (headers(d).properties.ce_tenant = { type: 'string' })],
  ['a new value of an enumeration', (d) => placed(d).properties.channel.enum.push('phone')],
  ['a longer text', (d) => (line(d).properties.sku.minLength = 0)],
  ['other words', (d) => (placed(d).properties.country.description = 'Where to')],
  ['another order of fields', (d) => (placed(d).properties = Object.fromEntries(Object.entries(placed(d).properties).reverse()))],
];

/** @type {[string, (document: any) => void, RegExp][]} */
export const invalid = [
  ['it is of another AsyncAPI', (d) => (d.asyncapi = '2.6.0'), /\/asyncapi/],
  ['an operation neither sends nor receives', (d) => (d.operations.sendCatalogEvents.action = 'publish'), /sendCatalogEvents\/action/],
  ['an operation has no topic', (d) => delete d.operations.sendCatalogEvents.channel, /sendCatalogEvents.*channel/],
  ['a topic is called what no Kafka binding knows', (d) => (d.channels['catalog.events'].bindings.kafka.topic = 7), /kafka/],
  ['a type is none of JSON', (d) => (placed(d).properties.units.type = 'decimal'), /units\/type/],
  ['a message is not there', (d) => delete d.components.messages['catalog.ShipStock'], /catalog\.ShipStock is not there/],
];

const deadlines = (document) => payload(document, 'ordering.SagaAdvanced.v1').properties.deadlines;

function remove(document, topic, name) {
  delete document.channels[topic].messages[name];
  delete document.components.messages[name];
}

function add(document, topic, name) {
  document.channels[topic].messages[name] = { $ref: `#/components/messages/${name}` };
  document.components.messages[name] = { ...placed(document), name };
}

function move(document) {
  const { messages } = document.channels['catalog.events'];
  document.channels['ordering.events'].messages['catalog.ReturnRestocked.v1'] = messages['catalog.ReturnRestocked.v1'];
  delete messages['catalog.ReturnRestocked.v1'];
}

function require(schema, name) {
  schema.properties[name] = { type: 'string' };
  schema.required.push(name);
}
