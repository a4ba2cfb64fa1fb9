import { SimulatorBook } from './0001-book.js';
import { SimulatorRefundAttempts } from './0002-refund-attempts.js';
import { SimulatorToldRefunds } from './0003-told-refunds.js';

export const paymentsSimulatorMigrations = [
  { name: '0001-book', class: SimulatorBook },
  { name: '0002-refund-attempts', class: SimulatorRefundAttempts },
  { name: '0003-told-refunds', class: SimulatorToldRefunds },
];
