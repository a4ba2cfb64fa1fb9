// Makes the secrets that docker-compose.yml names, once, in deploy/secrets (which no commit and no image takes).
import { join } from 'node:path';
import { keepSecrets, writeDatabaseUrls } from './cluster/secrets.mjs';

const folder = join(import.meta.dirname, '..', 'deploy', 'secrets');
// Readable by a container's own user; on this machine the folder is closed to everybody else.
const secrets = keepSecrets(folder, 0o644);
secrets.make();
writeDatabaseUrls(secrets, (context) => `postgres-${context}:5432`);
secrets.write('redis_url', `redis://:${secrets.read('redis-password')}@redis:6379`);
console.log(`The secrets are in ${folder}. The administrator's password is in admin-password.`);
