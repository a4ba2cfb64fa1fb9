import { relayConfig } from '@composition/config/roles.js';
import { runRole } from '@composition/role/run-role.js';

await runRole({ name: 'relay', read: relayConfig, load: () => import('./relay.js') });
