import { createServer, type AddressInfo } from 'node:net';
import { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { createLogger } from '@adapters/runtime/src/logging/logger.js';
import { Shutdown } from '@adapters/runtime/src/shutdown.js';
import { answerServices } from './edge.js';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

it('says which variable names the port where other services cannot be answered', async () => {
  const taken = createServer();
  ending.push(() => taken.close());
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const rpc = { host: '127.0.0.1', port };
  const logger = createLogger({ level: 'silent', format: 'json' });
  const shutdown = new Shutdown(logger);
  ending.push(() => shutdown.run());
  const server = new RpcServer({ ...rpc, secret: 's'.repeat(32), scope: new AsyncRequestContext() });
  await expect(answerServices(server, { config: { rpc }, logger, shutdown })).rejects.toMatchObject({
    name: 'StartupError',
    message: `Port ${port} is taken by another program. Stop that one, or choose another port: RPC_PORT=${port + 1}`,
  });
});
