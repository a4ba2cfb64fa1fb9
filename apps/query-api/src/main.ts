import { queryApiConfig } from '@composition/config/roles.js';
import { runRole } from '@composition/role/run-role.js';

await runRole({ name: 'query-api', read: queryApiConfig, load: () => import('./query-api.js') });
