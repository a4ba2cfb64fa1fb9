import { ReadSide } from '@adapters/read-store/src/read-side.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import type { QueryApiConfig } from '@composition/config/roles.js';
import { answerServices, breakersOf, openApplication, openRoleDatabases, startEdge } from '@composition/edge.js';
import { publishedDocument } from '@composition/published-document.js';
import { remoteIdentityPorts } from '@composition/remote/remote-identity-ports.js';
import { serveSubjectData } from '@composition/remote/remote-subject-data.js';
import type { RoleParts, RunningRole } from '@composition/role/role.js';
import { serviceServer, Services } from '@composition/services.js';
import { AnalyticsSubjectData } from '@contexts/analytics/src/read-models/subject-data/analytics-subject-data.js';
import { QueryApiModule } from './query-api.module.js';

/** Answers analysts from what projectors have landed. */
export async function start(parts: RoleParts<QueryApiConfig>): Promise<RunningRole> {
  const { config, shutdown } = parts;
  const [scope, breakers] = [new AsyncRequestContext(), breakersOf(parts)];
  const databases = await openRoleDatabases(parts, [], breakers);
  const services = new Services(config.rpc, breakers, scope);
  shutdown.add('the connections to other services', () => services.close());
  await services.reach('identity');
  const identity = remoteIdentityPorts(services.of('identity'));

  const module = QueryApiModule.forRoot({ ...parts, databases, breakers, scope, services, identity });
  const app = await openApplication(module, parts, publishedDocument());
  await startEdge(app, parts);
  const readSide = app.get(ReadSide, { strict: false });
  shutdown.add('the read side', () => readSide.stop());
  await readSide.start();
  const server = serviceServer(config.rpc, scope);
  serveSubjectData(server, app.get(AnalyticsSubjectData, { strict: false }));
  await answerServices(server, parts);
  return { app };
}

/** Projectors own what it reads. */
export async function migrate(): Promise<void> {}
