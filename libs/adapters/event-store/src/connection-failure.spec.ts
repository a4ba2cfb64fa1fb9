import { isConnectionFailure } from './connection-failure.js';

const coded = (code: string) => Object.assign(new Error('something'), { code });

it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', '08006', '08P01', '57P01', '57P02', '57P03', '53300'])(
  'takes %s for a failure to reach Postgres',
  (code) => expect(isConnectionFailure(coded(code))).toBe(true),
);

it.each([
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Query read timeout',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Client has encountered a connection error and is not queryable',
])('takes "%s" for one', (message) => expect(isConnectionFailure(new Error(message))).toBe(true));

it.each(['23505', '40001', '42P01', '57014', '53200', 'NC001', 'NC004', 'P0001', 'ERR_INVALID_ARG_TYPE'])('takes %s for no such failure', (code) =>
  expect(isConnectionFailure(coded(code))).toBe(false),
);

it('takes neither a mistake of ours for one, nor what a text in an answer says', () => {
  expect(isConnectionFailure(new TypeError('x is not a function'))).toBe(false);
  expect(isConnectionFailure(Object.assign(new Error('Query read timeout'), { code: '23514' }))).toBe(false);
});
