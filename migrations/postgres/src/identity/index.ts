import { snapshotsOf } from '../snapshots.js';
import { IdentityEventStore } from './0001-event-store.js';
import { Users } from './0002-users.js';

export const identityMigrations = [
  { name: '0001-event-store', class: IdentityEventStore },
  { name: '0002-users', class: Users },
  { name: '0003-snapshots', class: snapshotsOf('identity') },
];
