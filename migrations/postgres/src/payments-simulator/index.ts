import { SimulatorBook } from './0001-book.js';

export const paymentsSimulatorMigrations = [{ name: '0001-book', class: SimulatorBook }];
