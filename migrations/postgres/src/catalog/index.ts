import { commandInboxOf } from '../command-inbox-table.js';
import { deadLettersOf } from '../dead-letter-tables.js';
import { relayOf } from '../relay-table.js';
import { snapshotsOf } from '../snapshots.js';
import { CatalogEventStore } from './0001-event-store.js';
import { Products } from './0002-products.js';
import { SoldStock } from './0004-sold-stock.js';
import { StockThresholds } from './0005-stock-thresholds.js';

export const catalogMigrations = [
  { name: '0001-event-store', class: CatalogEventStore },
  { name: '0002-products', class: Products },
  { name: '0003-snapshots', class: snapshotsOf('catalog') },
  { name: '0004-sold-stock', class: SoldStock },
  { name: '0005-stock-thresholds', class: StockThresholds },
  { name: '0010-relay', class: relayOf('catalog') },
  { name: '0011-command-inbox', class: commandInboxOf('catalog') },
  { name: '0012-dead-letters', class: deadLettersOf('catalog', ['inbox-command']) },
];
