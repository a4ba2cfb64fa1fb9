import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import { eventually } from '@testing/eventually.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { stockReceived } from '@testing/sample-events.js';
import { Intents, type Block, type Intent, type Progress } from './intents.js';
import { Landing } from './landing.js';

/** Postgres goes away between the insert and its done mark, as often as asked. */
class FlakyIntents extends Intents {
  failures = 0;
  failed = 0;
  onOpen: () => Promise<void> = async () => undefined;

  override async open(block: Block): Promise<Intent> {
    await this.onOpen();
    return super.open(block);
  }

  override async finish(intent: Intent): Promise<Progress> {
    if (this.failures === 0) return super.finish(intent);
    this.failures -= 1;
    this.failed += 1;
    throw new Error('the connection is gone');
  }
}

let test: TestReadSide;
let landing: Landing | undefined;
beforeEach(async () => void (test = await testReadSide({ readModels: [stock], controls: [stockControl] })));
afterEach(async () => {
  await landing?.stop();
  await test.drop();
});

const LEDGER = `SELECT toFloat64(count()) AS n FROM nebulocart.events WHERE context = 'catalog'`;

/** The started landing stands aside, with one event landed, for one whose Postgres is the test's. */
async function flaky(): Promise<FlakyIntents> {
  await test.append('catalog', stockReceived('MUG', 1));
  await test.landed();
  const intents = new FlakyIntents(test.databases.get('analytics'));
  const { stores, side } = test;
  landing = new Landing('catalog', {
    session: side.clickhouse.landing,
    intents,
    bus: new LogEventBus(stores, { idleMs: 20 }),
    log: stores.log('catalog'),
    owner: 'flaky',
  });
  await landing.start();
  return intents;
}

it('sends a block again whose done mark failed, without counting it twice, and without a restart', async () => {
  const intents = await flaky();
  const { side } = test;
  intents.failures = 3;
  await test.append('catalog', stockReceived('MUG', 10), stockReceived('CUP', 100));
  await eventually(() => expect(landing!.watermark).toBe(3));
  expect(intents.failed).toBe(3);
  const onHand = `SELECT sku, toFloat64(sum(on_hand)) AS n FROM nebulocart.stock GROUP BY sku ORDER BY sku`;
  expect(await side.clickhouse.reading.rows(onHand)).toEqual([
    { sku: 'CUP', n: 100 },
    { sku: 'MUG', n: 11 },
  ]);
  expect(await side.clickhouse.reading.rows(LEDGER)).toEqual([{ n: 3 }]);
});

it('writes a block down before any row of it is sent', async () => {
  const intents = await flaky();
  const rows: unknown[] = [];
  intents.onOpen = async () => void rows.push(...(await test.side.clickhouse.reading.rows<{ n: number }>(LEDGER)));
  await test.append('catalog', stockReceived('MUG', 10));
  await eventually(() => expect(landing!.watermark).toBe(2));
  expect(rows).toEqual([{ n: 1 }]);
});

it('takes no block for another that had its number, as after the loss of the books', async () => {
  await test.append('catalog', stockReceived('MUG', 1));
  await test.landed();
  await test.tamper('analytics', `SELECT setval('analytics.landing_intent_number_seq', (SELECT max(number) FROM analytics.landing_intent), false)`);
  await test.tamper('analytics', 'DELETE FROM analytics.landing_intent');
  await test.append('catalog', stockReceived('MUG', 10));
  await test.landed();
  expect(await test.side.clickhouse.reading.rows(LEDGER)).toEqual([{ n: 2 }]);
});
