import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { Intents } from './intents.js';

const PARTITIONS = 4;

let test: TestReadSide;
let intents: Intents;

beforeEach(async () => {
  test = await testReadSide({ readModels: [], controls: [] });
  // Nothing lands here but what the test itself opens.
  await test.restart({ roles: ['answers'], soleOwner: false });
  intents = new Intents(test.databases.get('analytics'));
});
afterEach(() => test.drop());

const query = <Row extends object>(text: string) => test.databases.get('analytics').query<Row & Record<string, unknown>>({ name: '', text }, []);

it('lets nothing land of a partition whose intent is open, though its owner believes in itself', async () => {
  const { epoch, landed } = await intents.acquire('catalog', 0, PARTITIONS, 'one');
  const place = { firstOffset: 1, lastOffset: 1, firstPosition: 1, lastPosition: 1, rowCount: 1 };
  const block = {
    context: 'catalog',
    partitions: PARTITIONS,
    parts: [{ partition: 0, epoch, landed, ...place }],
    firstPosition: 1,
    lastPosition: 1,
    rowCount: 1,
    digest: 'x',
  };
  await intents.open(block);
  await expect(intents.open(block)).rejects.toThrow('must be sent again first');
  expect(await intents.openIntents()).toHaveLength(1);
});

it('lets nothing land of partitions together of which one is lost, and names it', async () => {
  const place = { firstOffset: 1, lastOffset: 1, firstPosition: 1, lastPosition: 1, rowCount: 1 };
  const parts = await Promise.all(
    [0, 1, 2].map(async (partition) => ({ partition, ...(await intents.acquire('catalog', partition, PARTITIONS, 'one')), ...place })),
  );
  await intents.acquire('catalog', 1, PARTITIONS, 'two');
  const block = { context: 'catalog', partitions: PARTITIONS, parts, firstPosition: 1, lastPosition: 1, rowCount: 3, digest: 'x' };
  await expect(intents.open(block)).rejects.toMatchObject({ name: 'Fenced', partitions: [1] });
  expect(await intents.openIntents()).toEqual([]);
});

it('holds all back while an intent is open that is so old that its token may soon be forgotten', async () => {
  const add = (number: number, state: string) =>
    query(`INSERT INTO analytics.landing_intent (number, context, partitions, parts, first_position, last_position, row_count, digest, state)
      OVERRIDING SYSTEM VALUE VALUES (${number}, 'ordering', 1, '[]', 1, 1, 1, 'old', '${state}')`);
  await intents.acquire('catalog', 0, PARTITIONS, 'one');
  await add(1_000, 'open');
  await add(6_000, 'done');
  await query(`SELECT setval(pg_get_serial_sequence('analytics.landing_intent', 'number'), 6000)`);
  const block = { context: 'catalog', partitions: PARTITIONS, parts: [], firstPosition: 1, lastPosition: 1, rowCount: 1, digest: 'new' };
  await expect(intents.open(block)).rejects.toMatchObject({ name: 'GateClosed', message: 'window' });
  await query(`UPDATE analytics.landing_intent SET state = 'done'`);
  expect(await intents.open(block)).toMatchObject({ number: 6_001 });
});
