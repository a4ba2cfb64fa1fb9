import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { scratch } from './engines.mjs';
import { numbers } from './orders.mjs';
import { startShop } from './server.mjs';
import { timed } from './statistics.mjs';
import { figure } from './table.mjs';

const CLI = join(import.meta.dirname, '..', '..', 'scripts', 'cli.mjs');
const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const WORDS = [
  'WHITE',
  'HANGING',
  'HEART',
  'T-LIGHT',
  'HOLDER',
  'RETROSPOT',
  'LUNCH',
  'BAG',
  'VINTAGE',
  'CHRISTMAS',
  'TIN',
  'METAL',
  'SIGN',
  'GARDEN',
];

/** Made-up files of a retailer's shape, of one size and of ten times that, each through the importer's own command line into an empty server. */
export async function importFile({ quick, follow, say }) {
  const rows = quick ? 5_000 : 50_000;
  return [...(await importOf(rows, { follow, say })), ...(await importOf(rows * 10, { follow, say }))];
}

async function importOf(rows, { follow, say }) {
  const folder = scratch();
  const file = join(folder.path, 'retail.csv');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, csv(rows));
  const shop = await startShop({ follow });
  try {
    const { result: report, seconds } = await timed(() => run(shop, file));
    say(`${report.orders} orders, ${report.products} products, ${report.creditNotes} credit notes`);
    const again = await timed(() => run(shop, file));
    return [
      figure(`import of ${rows} rows`, report.rows / report.seconds, 'rows/s'),
      figure(`import of ${rows} rows, with the importer's own start`, report.rows / seconds, 'rows/s'),
      figure(`the same ${rows} rows again, which changes nothing`, again.result.rows / again.result.seconds, 'rows/s'),
    ];
  } finally {
    await shop.stop();
    folder.remove();
  }
}

/** @throws Error where a row was rejected or the import did not end */
async function run({ url, environment }, file) {
  const child = spawn(process.execPath, [CLI, 'import', file, '--url', url, '--json'], {
    env: { ...environment, INIT_CWD: dirname(file) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, complained] = ['', ''];
  child.stdout.on('data', (text) => (printed += text));
  child.stderr.on('data', (text) => (complained += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the import ended with ${code}: ${complained}`);
  return JSON.parse(printed.trim().split('\n').at(-1));
}

/** Invoices of 1 to 50 lines, one in six a credit note, a third without a customer, some rows with price 0, as real ones are. */
function csv(rows) {
  const draw = numbers(11);
  const lines = [HEADER];
  for (let invoice = 536_365; lines.length <= rows; invoice++) {
    const credit = draw(6) === 0;
    const customer = draw(3) === 0 ? '' : 12_000 + draw(3_000);
    const minute = (invoice - 536_365) * 20;
    const at = new Date(Date.UTC(2010, 11, 1, 8) + minute * 60_000).toISOString().slice(0, 19).replace('T', ' ');
    const length = credit ? 1 + draw(6) : 1 + draw(50);
    for (let line = 0; line < length && lines.length <= rows; line++) {
      const product = draw(3_000);
      const free = !credit && draw(170) === 0;
      const description = [0, 3, 5].map((step) => WORDS[(product + step) % WORDS.length]).join(' ');
      const quantity = (1 + draw(24)) * (credit ? -1 : 1);
      const price = free ? '0' : (0.19 + (product % 400) / 50).toFixed(2);
      lines.push([`${credit ? 'C' : ''}${invoice}`, 20_000 + product, description, quantity, at, price, customer, 'United Kingdom'].join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}
