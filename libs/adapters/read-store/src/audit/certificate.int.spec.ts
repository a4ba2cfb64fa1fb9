import { salesControl } from '@contexts/analytics/src/controls/sales.control.js';
import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { sales } from '@contexts/analytics/src/read-models/sales/sales.projection.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import type { Certificate, Proof } from '@kernel/ports/read-store.js';
import { testReadSide, type TestReadSide } from '@testing/read-side.js';
import { creditNoteRecorded, orderCancelled, orderPlaced, stockAdjusted, stockMovementImported, stockReceived } from '@testing/sample-events.js';

let test: TestReadSide;

beforeEach(async () => {
  test = await testReadSide({ readModels: [sales, stock], controls: [salesControl, stockControl] });
  const orders = Array.from({ length: 20 }, (_, index) =>
    orderPlaced({
      id: `${index + 1}`,
      at: `2011-03-27T0${index % 6}:15:00Z`,
      lines: [
        ['MUG', 'Kitchen', 1 + index, 2_550],
        ['PAN', 'Kitchen', 1, 1_005],
      ],
    }),
  );
  await test.append('ordering', ...orders, orderCancelled({ id: '1' }), creditNoteRecorded({ id: 'C7', customer: null }));
  await test.append('catalog', stockReceived('MUG', 100), stockAdjusted('MUG', -4), stockMovementImported('PAN', -9));
  await test.landed();
});
afterEach(() => test.drop());

const run = (sql: string) => test.side.clickhouse.maintenance.run(sql);
const differences = (certificate: Certificate, name: Proof['name']) =>
  certificate.proofs.find((proof) => proof.name === name)!.differences.map(({ key, reason }) => `${key}: ${reason}`);
const LEDGER_PROOF = 'ledger-is-the-log';

it('certifies that every figure is what the events say, while orders come in', async () => {
  const audit = test.side.auditor.audit();
  for (let id = 100; id < 120; id++) await test.append('ordering', orderPlaced({ id: `${id}` }));
  const certificate = await audit;
  expect(certificate.proofs.flatMap((proof) => proof.differences)).toEqual([]);
  expect(certificate).toMatchObject({ equal: true, proofs: [{ name: LEDGER_PROOF, equal: true }, { equal: true }, { equal: true }] });
  expect(certificate.at['catalog']).toBe(3);
  expect(certificate.events).toBe(certificate.at['ordering']! + 3);
});

it('names the position whose ledger row had one byte changed, and the figures that no longer follow', async () => {
  await run(
    `ALTER TABLE nebulocart.events UPDATE data = replaceOne(data, '2.55', '2.56') WHERE context = 'ordering' AND position = 7 SETTINGS mutations_sync = 2`,
  );
  const certificate = await test.side.auditor.audit();
  expect(certificate.equal).toBe(false);
  expect(differences(certificate, LEDGER_PROOF)).toEqual(['ordering position 7: altered in the ledger']);
});

it('names the position whose digest was changed along with its data', async () => {
  const { LEDGER_DIGEST } = await import('../ledger.js');
  const where = `WHERE context = 'ordering' AND position = 7 SETTINGS mutations_sync = 2`;
  await run(`ALTER TABLE nebulocart.events UPDATE data = replaceOne(data, 'Kitchen', 'Garden') ${where}`);
  await run(`ALTER TABLE nebulocart.events UPDATE digest = ${LEDGER_DIGEST} ${where}`);
  const certificate = await test.side.auditor.audit();
  expect(differences(certificate, LEDGER_PROOF)).toEqual(['ordering position 7: altered in the ledger']);
  expect(certificate.proofs[1]!.differences.some(({ key }) => key.includes('dimension=category, key=Garden'))).toBe(true);
});

it('names the position whose ledger row was removed', async () => {
  await run(`ALTER TABLE nebulocart.events DELETE WHERE context = 'catalog' AND position = 2 SETTINGS mutations_sync = 2`);
  const certificate = await test.side.auditor.audit();
  expect(differences(certificate, LEDGER_PROOF)).toEqual(['catalog position 2: missing in the ledger']);
  expect(differences(certificate, 'read-models-are-their-sql')).toEqual([
    'stock context=catalog, sku=MUG, segment=0: read model is not its SQL over the ledger',
  ]);
});

it('names the position whose ledger row was doubled', async () => {
  await run(`CREATE TABLE nebulocart.twin AS nebulocart.events`);
  await run(`INSERT INTO nebulocart.twin SELECT * FROM nebulocart.events WHERE context = 'catalog' AND position = 3`);
  await run(`ALTER TABLE nebulocart.events ATTACH PARTITION tuple() FROM nebulocart.twin`);
  const certificate = await test.side.auditor.audit();
  expect(differences(certificate, LEDGER_PROOF)).toEqual(['catalog position 3: doubled in the ledger']);
  expect(certificate.equal).toBe(false);
});

it('names the key whose read model row was changed, and the measures that it breaks', async () => {
  await run(`INSERT INTO nebulocart.sales__g1 SELECT * REPLACE (0 AS orders, 0 AS units, toDecimal128('0.001', 4) AS gross, 0 AS cancelled, 0 AS credits)
    FROM nebulocart.sales__g1 WHERE dimension = 'product' AND key = 'PAN' ORDER BY minute LIMIT 1 SETTINGS async_insert = 0`);
  const certificate = await test.side.auditor.audit();
  expect(differences(certificate, LEDGER_PROOF)).toEqual([]);
  const [difference, ...others] = certificate.proofs[1]!.differences;
  expect(others).toEqual([]);
  expect(difference!.key).toBe('sales context=ordering, dimension=product, key=PAN, currency=GBP, minute=2011-03-27 00:15:00, segment=0');
  expect([difference!.expected, difference!.actual]).toEqual([expect.stringContaining('gross=4.02,'), expect.stringContaining('gross=4.021,')]);
  expect(differences(certificate, 'control-totals')).toEqual(['sales product GBP gross: control total differs from the read model']);
});

it('names the event that was changed in Postgres, digest and all, and the total that it broke', async () => {
  await test.tamper('catalog', `UPDATE catalog.event SET data = replace(data, '100', '101') WHERE type = 'catalog.StockReceived'`);
  const certificate = await test.side.auditor.audit();
  expect(differences(certificate, LEDGER_PROOF)).toEqual(['catalog position 1: altered in the log']);
  expect(certificate.proofs[2]!.differences).toEqual([
    { key: 'stock on hand MUG', reason: 'control total differs from the read model', expected: '97.00', actual: '96.00' },
  ]);
});

it('names an event that a projection cannot read', async () => {
  await test.append('catalog', { type: 'catalog.StockReceived', stream: 'stock-JAR', data: { sku: 'JAR', quantity: 'many' } });
  await test.landed();
  const certificate = await test.side.auditor.audit().catch((error: Error) => error);
  expect(certificate).toMatchObject({ equal: false });
  expect(differences(certificate as Certificate, 'read-models-are-their-sql')).toEqual([
    'stock catalog position 4: the projection cannot read catalog.StockReceived: quantity',
  ]);
});

it('refuses a second audit at the same time', async () => {
  const first = test.side.auditor.audit();
  await expect(test.side.auditor.audit()).rejects.toMatchObject({ code: 'audit.in-progress' });
  await first;
});

it('asks for patience while a read model has not been made yet, as after a restore', async () => {
  await test.tamper('analytics', `UPDATE analytics.generation SET state = 'building' WHERE read_model = 'stock'`);
  await expect(test.side.auditor.audit()).rejects.toMatchObject({ code: 'analytics.unavailable', kind: 'unavailable' });
});
