import { commandInboxOf } from '../command-inbox-table.js';
import { deadLettersOf } from '../dead-letter-tables.js';
import { relayOf } from '../relay-table.js';
import { snapshotsOf } from '../snapshots.js';
import { OrderingEventStore } from './0001-event-store.js';
import { Orders } from './0002-orders.js';
import { OrderingSagas } from './0003-sagas.js';

export const orderingMigrations = [
  { name: '0001-event-store', class: OrderingEventStore },
  { name: '0002-orders', class: Orders },
  { name: '0003-sagas', class: OrderingSagas },
  { name: '0004-snapshots', class: snapshotsOf('ordering') },
  { name: '0010-relay', class: relayOf('ordering') },
  { name: '0011-command-inbox', class: commandInboxOf('ordering') },
  { name: '0012-dead-letters', class: deadLettersOf('ordering', ['saga-message', 'outbox-command', 'inbox-command']) },
];
