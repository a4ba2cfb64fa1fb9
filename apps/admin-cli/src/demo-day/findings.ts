import type { Certificate } from '@kernel/ports/read-store.js';
import { detailOf } from '../client/api.js';
import { Failure } from '../client/failure.js';
import { askUntil } from './ask-until.js';
import { atOnce } from './at-once.js';
import { moneyDifferences, stockDifferences, undecided, type Difference, type OrderRecord, type StockRecord } from './books.js';
import type { Day } from './script.js';
import { codeOf, type Person } from './shop-api.js';

/** What is true of the shop once the day is over. */
export interface Findings {
  readonly orders: readonly OrderRecord[];
  readonly certificate: Certificate;
  readonly undecided: readonly Difference[];
  readonly stock: readonly Difference[];
  readonly money: readonly Difference[];
}

const AT_ONCE = 8;
/** How long the analysts' read model may take to show what the catalog shows. */
const LANDING_MS = 30_000;
/** How long another audit may take before ours. */
const AUDIT_MS = 280_000;

/** Reads what the day left behind and balances it. */
export async function findingsOf(administrator: Person, day: Day, ids: readonly string[]): Promise<Findings> {
  const orders = await atOnce(AT_ONCE, ids, (id) => orderRecord(administrator, id));
  const certificate = await audit(administrator);
  return { orders, certificate, undecided: undecided(orders), stock: await stockOf(administrator, day, orders), money: moneyDifferences(orders) };
}

async function orderRecord(administrator: Person, id: string): Promise<OrderRecord> {
  const [order, history] = [
    await administrator.get<Omit<OrderRecord, 'history' | 'total'> & { total: { amount: string } }>(`/orders/${id}`),
    await administrator.get<OrderRecord['history']>(`/orders/${id}/history`),
  ];
  return { id, status: order.status, total: order.total.amount, lines: order.lines, payment: order.payment, history };
}

/** The server makes one audit at a time, and some by itself. */
async function audit(administrator: Person): Promise<Certificate> {
  const answer = await askUntil(
    () => administrator.post('/admin/audit', 'audit'),
    (each) => codeOf(each) !== 'audit.in-progress',
    { patienceMs: AUDIT_MS },
  );
  if (answer.status >= 300) throw new Failure(`The audit was not made: ${detailOf(answer)}.`);
  return answer.body as Certificate;
}

/** Read models follow the events by moments: what differs is asked again for a while. */
async function stockOf(administrator: Person, { products }: Day, orders: readonly OrderRecord[]): Promise<Difference[]> {
  const balance = async (): Promise<Difference[]> => {
    const records = await atOnce(AT_ONCE, products, ({ sku, stock }) => stockRecord(administrator, sku, stock));
    return stockDifferences(orders, records);
  };
  return askUntil(balance, (found) => !found.some(({ figure }) => figure === 'analysts'), { patienceMs: LANDING_MS });
}

async function stockRecord(administrator: Person, sku: string, received: number): Promise<StockRecord> {
  const { stock, onHand, reserved } = await administrator.get<Pick<StockRecord, 'stock' | 'onHand' | 'reserved'>>(`/products/${sku}`);
  const { items } = await administrator.get<{ items: { onHand: number }[] }>(`/analytics/stock?sku=${sku}`);
  return { sku, received, stock, onHand, reserved, analysts: items[0]?.onHand ?? null };
}
