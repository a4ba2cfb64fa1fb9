import { connectionOf } from './connection.js';

const URL = 'postgres://shop:p%40ss@db:5432/orders';
const CA = '-----BEGIN CERTIFICATE-----';

it('leaves an address as it is that says nothing of TLS', () => {
  expect(connectionOf(URL)).toEqual({ connectionString: URL });
});

it.each<[string, string | undefined, object | false]>([
  ['disable', undefined, false],
  ['disable', CA, false],
  ['require', undefined, { rejectUnauthorized: false }],
  ['require', CA, { ca: CA, checkServerIdentity: expect.any(Function) }],
  ['verify-ca', CA, { ca: CA, checkServerIdentity: expect.any(Function) }],
  ['verify-full', CA, { ca: CA }],
  ['verify-full', undefined, {}],
])('reads sslmode=%s with the CA %s', (mode, ca, ssl) => {
  expect(connectionOf(`${URL}?sslmode=${mode}&application_name=x`, ca)).toEqual({ connectionString: `${URL}?application_name=x`, ssl });
});

it('checks everything where there is a CA and no word', () => {
  expect(connectionOf(URL, CA)).toEqual({ connectionString: URL, ssl: { ca: CA } });
});

it('refuses a word that it cannot keep', () => {
  expect(() => connectionOf(`${URL}?sslmode=prefer`)).toThrow('sslmode must be one of disable, require, verify-ca, verify-full, not "prefer"');
});
