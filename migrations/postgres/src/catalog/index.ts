import { CatalogEventStore } from './0001-event-store.js';
import { Products } from './0002-products.js';

export const catalogMigrations = [
  { name: '0001-event-store', class: CatalogEventStore },
  { name: '0002-products', class: Products },
];
