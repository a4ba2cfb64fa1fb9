import { projectorConfig } from '@composition/config/roles.js';
import { runRole } from '@composition/role/run-role.js';

await runRole({ name: 'projector', read: projectorConfig, load: () => import('./projector.js') });
