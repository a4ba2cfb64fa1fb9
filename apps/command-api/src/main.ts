import { commandApiConfig } from '@composition/config/roles.js';
import { runRole } from '@composition/role/run-role.js';

await runRole({ name: 'command-api', read: commandApiConfig, load: () => import('./command-api.js') });
