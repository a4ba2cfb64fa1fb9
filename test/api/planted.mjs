// Changes to the API's document that `npm run check` must tell apart: each break is caught by a message that fits, and nothing harmless is.
const operation = (document, method, path) => document.paths[`/api/v1${path}`][method];
const schema = (document, name) => document.components.schemas[name];
const parameter = (document, method, path, name) => operation(document, method, path).parameters.find((each) => each.name === name);

/** @type {[string, (document: any) => void, RegExp][]} */
export const breaks = [
  ['a path is gone', (d) => delete d.paths['/api/v1/orders'], /GET \/api\/v1\/orders: is gone/],
  ['a method is gone', (d) => delete d.paths['/api/v1/orders'].post, /POST \/api\/v1\/orders: is gone/],
  ['an operation has another id', (d) => (operation(d, 'post', '/orders').operationId = 'order'), /operationId was placeOrder/],
  ['a public route needs a permission', (d) => (operation(d, 'post', '/auth/login')['x-permission'] = 'auth:login'), /needs auth:login/],
  ['a public route needs a sign-in', (d) => (operation(d, 'post', '/auth/login').security = [{ bearer: [] }]), /needs a token, needed none/],
  ['a query parameter is gone', (d) => remove(operation(d, 'get', '/orders').parameters, 'status'), /query parameter status is gone/],
  ['a query parameter is required', (d) => (parameter(d, 'get', '/orders', 'status').required = true), /status is required now/],
  ['there is a new required header', (d) => operation(d, 'get', '/orders').parameters.push(tenant()), /header parameter X-Tenant is required/],
  ['a page is smaller', (d) => (parameter(d, 'get', '/orders', 'limit').schema.maximum = 100), /limit: maximum was 200, is 100/],
  ['a filter takes fewer values', (d) => parameter(d, 'get', '/orders', 'status').schema.enum.pop(), /status: no longer takes/],
  ['a body has a new required field', (d) => require(schema(d, 'PlaceOrderBody'), 'coupon'), /body: coupon is required now/],
  ['a field of a body is gone', (d) => delete schema(d, 'PlaceOrderBody').properties.customerId, /body: customerId is gone/],
  ['a nested field of a body is tighter', (d) => (schema(d, 'OrderLineBody').properties.quantity.maximum = 10), /lines\[\]\.quantity: maximum/],
  ['a field takes another form', (d) => (schema(d, 'PriceBody').properties.currency.pattern = '^[A-Z]{4}$'), /currency: pattern was/],
  ['a field has another type', (d) => (schema(d, 'PriceBody').properties.amount.type = 'number'), /amount: type was string, is number/],
  ['a text must be longer', (d) => (schema(d, 'CreateProductBody').properties.name.minLength = 3), /name: minLength was 1, is 3/],
  ['another media type is asked for', (d) => rename(operation(d, 'post', '/orders').requestBody.content), /body: no application\/json any more/],
  ['a route has no answer that it had', (d) => delete operation(d, 'post', '/orders').responses['201'], /answer 201 is gone/],
  ['an answer lacks a header', (d) => delete operation(d, 'post', '/orders').responses['201'].headers.ETag, /header etag is gone/],
  ['an answer lacks a field', (d) => delete schema(d, 'OrderAnswerView').properties.total, /answer 201: total is gone/],
  ['a field of an answer may be left out', (d) => schema(d, 'OrderAnswerView').required.pop(), /may be left out now/],
  [
    'a field of an answer may be null',
    (d) => (schema(d, 'OrderAnswerView').properties.id.type = ['string', 'null']),
    /id: type was string, is string or null/,
  ],
  ['a nested field of a list is gone', (d) => delete schema(d, 'MoneyView').properties.currency, /items\[\]\.total: currency is gone/],
  ['refusals have no code', (d) => delete schema(d, 'Problem').properties.code, /answer 400: code is gone/],
];

/** @type {[string, (document: any) => void][]} */
export const harmless = [
  ['a new path', (d) => (d.paths['/api/v1/new'] = { get: { operationId: 'getNew', responses: {} } })],
  ['a new field of an answer', (d) => (schema(d, 'OrderAnswerView').properties.note = { type: 'string' })],
  ['a new optional field of a body', (d) => (schema(d, 'PlaceOrderBody').properties.note = { type: 'string' })],
  ['a new optional parameter', (d) => operation(d, 'get', '/orders').parameters.push({ name: 'country', in: 'query', schema: { type: 'string' } })],
  ['a larger page', (d) => (parameter(d, 'get', '/orders', 'limit').schema.maximum = 500)],
  ['a filter takes more values', (d) => parameter(d, 'get', '/orders', 'status').schema.enum.push('returned')],
  ['a new value in an answer', (d) => schema(d, 'OrderAnswerView').properties.status.enum.push('returned')],
  ['a new refusal', (d) => (operation(d, 'get', '/orders').responses['410'] = { description: 'Gone' })],
  ['other words', (d) => (operation(d, 'get', '/orders').summary = 'Orders')],
  ['a guarded route is open to all', (d) => delete operation(d, 'get', '/products')['x-permission']],
];

const tenant = () => ({ name: 'X-Tenant', in: 'header', required: true, schema: { type: 'string' } });

function remove(parameters, name) {
  parameters.splice(
    parameters.findIndex((each) => each.name === name),
    1,
  );
}

function require(body, name) {
  body.properties[name] = { type: 'string' };
  body.required.push(name);
}

function rename(content) {
  content['application/xml'] = content['application/json'];
  delete content['application/json'];
}
