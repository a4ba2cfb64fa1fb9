import { OrderingEventStore } from './0001-event-store.js';
import { Orders } from './0002-orders.js';

export const orderingMigrations = [
  { name: '0001-event-store', class: OrderingEventStore },
  { name: '0002-orders', class: Orders },
];
