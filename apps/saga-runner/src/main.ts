import { sagaRunnerConfig } from '@composition/config/roles.js';
import { runRole } from '@composition/role/run-role.js';

await runRole({ name: 'saga-runner', read: sagaRunnerConfig, load: () => import('./saga-runner.js') });
