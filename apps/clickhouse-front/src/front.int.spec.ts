import { createClient, ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Engine } from './engine.js';
import { Front } from './front.js';

const CREDENTIALS = { user: 'shop', password: 'open sesame: 100%' };
const [STATEMENTS, WAITING] = [3, 2];

let directory: string;
let engine: Engine;
let front: Front;
let url: string;
let client: ClickHouseClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nebulocart-front-'));
  engine = new Engine({ path: directory, statements: STATEMENTS, waiting: WAITING, defaults: { max_execution_time: '60' } });
  front = new Front({ engine, credentials: CREDENTIALS, maxBodyBytes: 8 << 20, log: { info: () => undefined, warn: () => undefined } });
  url = `http://127.0.0.1:${await front.listen(0, '127.0.0.1')}`;
  client = connect();
  await client.command({ query: 'CREATE DATABASE shop' });
  await client.command({ query: 'CREATE TABLE shop.numbers (n UInt64, word String) ENGINE = MergeTree ORDER BY n' });
});

afterAll(async () => {
  await client.close();
  await front.stop();
  await engine.stop();
  await rm(directory, { recursive: true, force: true });
});

const connect = (options: Parameters<typeof createClient>[0] = {}): ClickHouseClient =>
  createClient({ url, username: CREDENTIALS.user, password: CREDENTIALS.password, log: { level: 127 }, ...options });
const rows = async (query: string, more: object = {}, by = client): Promise<unknown[]> =>
  (await by.query({ query, format: 'JSONEachRow', ...more })).json();
const failure = async (work: Promise<unknown>): Promise<ClickHouseError> => {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClickHouseError);
  return error as ClickHouseError;
};
const basic = `Basic ${Buffer.from(`${CREDENTIALS.user}:${CREDENTIALS.password}`).toString('base64')}`;
const post = (path: string, init: RequestInit = {}) =>
  fetch(`${url}${path}`, { method: 'POST', ...init, headers: { authorization: basic, ...init.headers } });

describe('statements', () => {
  it('answers a ping, with and without a statement', async () => {
    expect(await client.ping()).toMatchObject({ success: true });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
    expect(await (await fetch(`${url}/ping`)).text()).toBe('Ok.\n');
  });

  it('binds parameters of every kind as the client writes them', async () => {
    const values = { text: `it's a \\ "tab"\tand\nline, ?{x:String}`, list: [`o'clock`, '\\', 'a\tb'], whole: 42, nothing: null, map: { "k'": 'v' } };
    const query =
      'SELECT {text:String} AS text, {list:Array(String)} AS list, {whole:UInt8} AS whole, {nothing:Nullable(String)} AS nothing, {map:Map(String,String)} AS map';
    expect(await rows(query, { query_params: values })).toEqual([values]);
  });

  it('takes parameters from a form, too', async () => {
    const text = 'x'.repeat(100_000);
    expect(await rows('SELECT length({text:String}) AS size', { query_params: { text }, use_multipart_params: true })).toEqual([{ size: 100_000 }]);
  });

  it('answers every format whole, whatever its length', async () => {
    const answer = await (await client.query({ query: 'SELECT number FROM numbers(200000)', format: 'JSON' })).json<{ number: string }>();
    expect([answer.rows, answer.data.length]).toEqual([200_000, 200_000]);
    const csv = await (await client.query({ query: 'SELECT number FROM numbers(200000)', format: 'CSVWithNames' })).text();
    expect(csv.match(/"number"/g)).toHaveLength(1);
  });

  it('streams a large answer while it is being made', async () => {
    const result = await client.query({ query: 'SELECT number AS n FROM numbers(2000000)', format: 'JSONEachRow' });
    let [count, sum, parts] = [0, 0, 0];
    for await (const part of result.stream<{ n: string }>()) {
      parts += 1;
      for (const row of part) {
        count += 1;
        sum += Number(row.json<{ n: string }>().n);
      }
    }
    expect([count, sum]).toEqual([2_000_000, 1_999_999_000_000]);
    expect(parts).toBeGreaterThan(10);
  });

  it('ends a statement whose reader leaves', async () => {
    // More of them than may run at once: each that went on would hold a place.
    for (let i = 0; i < STATEMENTS + WAITING + 2; i++) {
      const result = await client.query({ query: 'SELECT number, repeat(toString(number), 50) FROM system.numbers', format: 'JSONEachRow' });
      result.close();
    }
    expect(await rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('compresses on both sides where the client asks for it', async () => {
    const compressing = connect({ compression: { request: true, response: true } });
    await compressing.insert({ table: 'shop.numbers', values: [{ n: 7_000_001, word: 'zipped' }], format: 'JSONEachRow' });
    expect(await rows(`SELECT word FROM shop.numbers WHERE n = 7000001`, {}, compressing)).toEqual([{ word: 'zipped' }]);
    await compressing.close();
    const answer = await post('/?enable_http_compression=1', {
      body: gzipSync('SELECT 1'),
      headers: { 'content-encoding': 'gzip', 'accept-encoding': 'gzip' },
    });
    expect([answer.headers.get('content-encoding'), await answer.text()]).toEqual(['gzip', '1\n']);
  });

  it('takes the database from the client, and refuses to change anything by GET', async () => {
    const inShop = connect({ database: 'shop' });
    await inShop.insert({ table: 'numbers', values: [{ n: 7_000_002, word: 'in shop' }], format: 'JSONEachRow' });
    expect(await rows('SELECT word FROM numbers WHERE n = 7000002', {}, inShop)).toEqual([{ word: 'in shop' }]);
    await inShop.close();
    expect((await failure(rows('SELECT * FROM numbers'))).type).toBe('UNKNOWN_TABLE');
    const get = await fetch(`${url}/?query=${encodeURIComponent('DROP TABLE shop.numbers')}`, { headers: { authorization: basic } });
    expect([get.status, await get.text()]).toEqual([500, expect.stringContaining('(READONLY)')]);
  });

  it('takes rows with anything in them, under the id that was asked for, and none at all', async () => {
    const values = Array.from({ length: 1_000 }, (_, n) => ({ n: n + 8_000_000, word: `;' -- ${n}` }));
    const result = await client.insert({ table: 'shop.numbers', values, format: 'JSONEachRow', query_id: 'mine' });
    expect(result).toMatchObject({ query_id: 'mine', executed: true });
    expect(
      await rows('SELECT count() AS rows FROM shop.numbers WHERE n >= 8000000 AND word LIKE {word:String}', { query_params: { word: ";' -- %" } }),
    ).toEqual([{ rows: 1_000 }]);
    await expect(client.insert({ table: 'shop.numbers', values: [], format: 'JSONEachRow' })).resolves.toMatchObject({ executed: false });
    expect((await post(`/?query=${encodeURIComponent('INSERT INTO shop.numbers FORMAT JSONEachRow')}`, { body: '' })).status).toBe(200);
  });
});

describe('settings', () => {
  it('end with their statement', async () => {
    await rows('SELECT 1', { clickhouse_settings: { max_result_rows: '5', readonly: '2', max_execution_time: 3 } });
    await client.command({ query: 'SET max_block_size = 11' });
    const settings = await rows(
      `SELECT getSetting('max_result_rows') AS most, getSetting('max_execution_time') AS seconds, getSetting('max_block_size') = 11 AS isOwn`,
    );
    expect(settings).toEqual([{ most: 0, seconds: 60, isOwn: 0 }]);
    // A session that was read only would refuse it.
    await client.insert({ table: 'shop.numbers', values: [{ n: 9_000_000, word: 'written' }], format: 'JSONEachRow' });
  });

  it('hold for their statement', async () => {
    const limited = rows('SELECT number FROM numbers(10)', { clickhouse_settings: { max_result_rows: '5', result_overflow_mode: 'throw' } });
    expect((await failure(limited)).type).toBe('TOO_MANY_ROWS_OR_BYTES');
    const readOnly = post(`/?readonly=1&query=${encodeURIComponent('INSERT INTO shop.numbers FORMAT JSONEachRow')}`, { body: '{"n":1,"word":"x"}' });
    expect(await (await readOnly).text()).toContain('(READONLY)');
  });

  it('refuses what would be ignored', async () => {
    expect((await failure(rows('SELECT 1', { session_id: 's' }))).type).toBe('NOT_IMPLEMENTED');
    expect((await failure(rows('SELECT 1', { clickhouse_settings: { no_such_setting: 1 } }))).type).toBe('UNKNOWN_SETTING');
    const named = await post(`/?${encodeURIComponent('a = 1, readonly')}=1`, { body: 'SELECT 1' });
    expect([named.status, await named.text()]).toEqual([400, expect.stringContaining('(BAD_ARGUMENTS)')]);
  });
});

it('deduplicates a block by its token, in the table and in what its materialized views write', async () => {
  const window = 'SETTINGS non_replicated_deduplication_window = 100';
  await client.command({ query: `CREATE TABLE shop.sales (id UInt64, amount Decimal(18, 2)) ENGINE = MergeTree ORDER BY id ${window}` });
  await client.command({ query: `CREATE TABLE shop.total (day UInt8, amount Decimal(18, 2)) ENGINE = SummingMergeTree ORDER BY day ${window}` });
  await client.command({
    query: 'CREATE MATERIALIZED VIEW shop.to_total TO shop.total AS SELECT 1 AS day, sum(amount) AS amount FROM shop.sales GROUP BY day',
  });
  const land = (token: string) =>
    client.insert({
      table: `shop.sales SETTINGS insert_deduplication_token='${token}', deduplicate_blocks_in_dependent_materialized_views=1, async_insert=0`,
      values: [
        { id: 1, amount: '10.10' },
        { id: 2, amount: '0.05' },
      ],
      format: 'JSONEachRow',
    });
  const seen = async () => [await rows('SELECT count() AS n FROM shop.sales'), await rows('SELECT sum(amount) AS amount FROM shop.total')];
  await land('intent 1');
  await land('intent 1');
  expect(await seen()).toEqual([[{ n: 2 }], [{ amount: 10.15 }]]);
  // The token of one block must not swallow the next.
  await client.insert({ table: 'shop.sales', values: [{ id: 3, amount: '1.00' }], format: 'JSONEachRow' });
  await land('intent 2');
  expect(await seen()).toEqual([[{ n: 5 }], [{ amount: 21.3 }]]);
});

describe('errors', () => {
  it.each([
    ['SELEC 1', 'SYNTAX_ERROR', 400],
    ['SELECT * FROM shop.nowhere', 'UNKNOWN_TABLE', 404],
    ['SELECT sum(sleepEachRow(0.01)) FROM numbers(1000) SETTINGS max_execution_time = 1, max_block_size = 10', 'TIMEOUT_EXCEEDED', 408],
    ['SELECT throwIf(1)', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO', 500],
  ])('%s: %s', async (query, type, status) => {
    expect((await failure(rows(query))).type).toBe(type);
    const answer = await post('/', { body: query });
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(`(${type})`)]);
    expect(Number(answer.headers.get('x-clickhouse-exception-code'))).toBeGreaterThan(0);
  });

  it('of a body that is no row', async () => {
    const insert = client.insert({ table: 'shop.numbers', values: [{ n: 'x' }], format: 'JSONEachRow' });
    expect((await failure(insert)).type).toMatch(/^CANNOT_PARSE/);
  });

  it('that come in the middle of an answer reach the client', async () => {
    const query = 'SELECT throwIf(number = 500000) AS no FROM numbers(1000000) SETTINGS max_block_size = 1000';
    expect((await failure(rows(query))).type).toBe('FUNCTION_THROW_IF_VALUE_IS_NON_ZERO');
  });

  it('of a body that is too large, or compressed in a way that nobody knows', async () => {
    expect((await post('/', { body: ' '.repeat((8 << 20) + 1) })).status).toBe(413);
    expect((await post('/', { body: 'x', headers: { 'content-encoding': 'lzma' } })).status).toBe(501);
    expect((await post('/', { body: 'x', headers: { 'content-encoding': 'gzip' } })).status).toBe(400);
  });
});

describe('credentials', () => {
  it.each([
    ['none', {}, 401],
    ['a wrong password', { authorization: `Basic ${Buffer.from('shop:guess').toString('base64')}` }, 403],
    ['another user', { 'x-clickhouse-user': 'root', 'x-clickhouse-key': CREDENTIALS.password }, 403],
    ['headers', { 'x-clickhouse-user': CREDENTIALS.user, 'x-clickhouse-key': CREDENTIALS.password }, 200],
    ['basic authentication', { authorization: basic }, 200],
  ])('%s', async (_, headers, status) => {
    const answer = await fetch(`${url}/`, { method: 'POST', body: 'SELECT 1', headers: headers as Record<string, string> });
    expect(answer.status).toBe(status);
  });

  it('in the client: the error is told as ClickHouse tells it', async () => {
    const stranger = connect({ password: 'guess' });
    expect((await failure(rows('SELECT 1', {}, stranger))).type).toBe('AUTHENTICATION_FAILED');
    await stranger.close();
  });
});

describe('side by side', () => {
  const slow = () => rows('SELECT sum(sleepEachRow(0.05)) AS s FROM numbers(20) SETTINGS max_block_size = 1');

  it('a short statement does not wait for a long one', async () => {
    let isOver = false;
    const long = slow().then(() => (isOver = true));
    await rows('SELECT 1');
    expect(isOver).toBe(false);
    await long;
  });

  it('keeps parameters of statements at the same time apart', async () => {
    const asked = Array.from({ length: STATEMENTS + WAITING }, (_, i) => rows('SELECT {i:UInt32} AS i', { query_params: { i } }));
    expect((await Promise.all(asked)).flat()).toEqual(asked.map((_, i) => ({ i })));
  });

  it('refuses what would wait behind too many', async () => {
    const all = await Promise.allSettled(Array.from({ length: STATEMENTS + WAITING + 1 }, slow));
    const refused = all.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused.map(({ reason }) => (reason as ClickHouseError).type)).toEqual(['TOO_MANY_SIMULTANEOUS_QUERIES']);
  });
});
