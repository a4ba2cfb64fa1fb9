import { canonical, ratio, sum } from '@kernel/money.js';
import type { SalesFiguresView } from './sales.view.js';

/** The figures as ClickHouse answers them: sums of the read model's columns, amounts as text. */
export interface FigureRow {
  orders: number | string;
  units: number | string;
  gross: string;
  cancelled: string;
  credits: string;
}

export const FIGURE_COLUMNS = `sum(s.orders) AS orders, sum(s.units) AS units, toString(sum(s.gross)) AS gross,
  toString(sum(s.cancelled)) AS cancelled, toString(sum(s.credits)) AS credits`;

export const NO_FIGURES: FigureRow = { orders: 0, units: 0, gross: '0', cancelled: '0', credits: '0' };

const negative = (amount: string): string => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);

export function toFigures(row: FigureRow): SalesFiguresView {
  const [gross, cancelled, credits] = [canonical(row.gross), canonical(row.cancelled), canonical(row.credits)];
  const orders = Number(row.orders);
  const net = sum([gross, negative(cancelled), negative(credits)]);
  return { orders, units: Number(row.units), gross, cancelled, credits, net, averageOrderValue: ratio(gross, orders) };
}
