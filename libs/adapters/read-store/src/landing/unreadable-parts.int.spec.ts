import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { salesControl } from '@contexts/analytics/src/controls/sales.control.js';
import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { sales } from '@contexts/analytics/src/read-models/sales/sales.projection.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { orderPlaced, stockReceived } from '@testing/sample-events.js';

let test: TestReadSide;
beforeEach(async () => {
  test = await testReadSide({ readModels: [sales, stock], controls: [salesControl, stockControl] });
});
afterEach(() => test.drop());

/** What a full disk leaves of parts that were merged while it was: every file is there, and empty. */
async function emptyParts(): Promise<number> {
  const { maintenance } = test.side.clickhouse;
  await maintenance.run('OPTIMIZE TABLE nebulocart.events FINAL');
  const parts = await maintenance.rows<{ path: string }>(
    `SELECT path FROM system.parts WHERE database = 'nebulocart' AND table = 'events' AND active`,
  );
  for (const { path } of parts) for (const file of readdirSync(path)) truncateSync(join(path, file));
  return parts.length;
}

const figures = async () => {
  const { reading } = test.side.clickhouse;
  const [{ units }] = (await reading.rows(`SELECT toFloat64(sum(on_hand)) AS units FROM nebulocart.stock`)) as [{ units: number }];
  return units;
};

it('sets aside what ClickHouse cannot read of the ledger, and takes what was in it from the log', async () => {
  await test.append('catalog', ...[1, 2, 4, 8].map((quantity) => stockReceived('MUG', quantity)));
  await test.append('ordering', orderPlaced({ id: '1' }), orderPlaced({ id: '2' }));
  await test.landed();
  expect(await emptyParts()).toBe(1);
  await expect(test.side.auditor.audit()).rejects.toThrow();
  // The engine stays open, as a server does when a projector starts anew: it looks at its parts as it opens, and would have set them aside itself.
  const other = test.make({ roles: ['answers'] });
  await other.ping();
  await test.restart();
  expect(await figures()).toBe(15);
  expect(await test.side.auditor.audit()).toMatchObject({ equal: true });
  await test.append('catalog', stockReceived('MUG', 16));
  await test.landed();
  expect(await figures()).toBe(31);
  expect(await test.side.auditor.audit()).toMatchObject({ equal: true });
  await other.stop();
});
