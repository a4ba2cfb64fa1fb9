import { deadLettersOf } from '../dead-letter-tables.js';
import { relayOf } from '../relay-table.js';
import { snapshotsOf } from '../snapshots.js';
import { IdentityEventStore } from './0001-event-store.js';
import { Users } from './0002-users.js';
import { Revocations } from './0004-revocations.js';
import { Roles } from './0005-roles.js';
import { SessionCredentials } from './0006-session-credentials.js';
import { SigningKeys } from './0007-signing-keys.js';
import { Erasures } from './0008-erasures.js';

export const identityMigrations = [
  { name: '0001-event-store', class: IdentityEventStore },
  { name: '0002-users', class: Users },
  { name: '0003-snapshots', class: snapshotsOf('identity') },
  { name: '0004-revocations', class: Revocations },
  { name: '0005-roles', class: Roles },
  { name: '0006-session-credentials', class: SessionCredentials },
  { name: '0007-signing-keys', class: SigningKeys },
  { name: '0008-erasures', class: Erasures },
  { name: '0010-relay', class: relayOf('identity') },
  { name: '0012-dead-letters', class: deadLettersOf('identity') },
];
