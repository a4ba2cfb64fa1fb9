import { once } from 'node:events';
import { Agent, createServer, get, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { drain, Shutdown } from './shutdown.js';

const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
};

describe('shutdown', () => {
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) };

  it('stops in reverse order, once, and goes on after a step that fails', async () => {
    const stopped: string[] = [];
    const shutdown = new Shutdown(log);
    shutdown.add('engine', () => stopped.push('engine'));
    shutdown.add('broken', () => Promise.reject(new Error('no')));
    shutdown.add('server', () => stopped.push('server'));
    await Promise.all([shutdown.run(), shutdown.run()]);
    expect(stopped).toEqual(['server', 'engine']);
    expect(warnings).toEqual(['stopping broken failed: no']);
  });
});

describe('a shutdown that may not take for ever', () => {
  it('leaves what hangs as it is, and names it', async () => {
    const warnings: string[] = [];
    const stopped: string[] = [];
    const shutdown = new Shutdown({ info: () => undefined, warn: (message: string) => void warnings.push(message) }, 50);
    shutdown.add('the database', () => stopped.push('database'));
    shutdown.add('the relays', () => new Promise(() => undefined));
    shutdown.add('the server', () => stopped.push('server'));
    expect(await shutdown.run()).toBe(false);
    expect(stopped).toEqual(['server']);
    expect(warnings).toEqual([expect.stringContaining('the relays did not stop within 0.05 s')]);
  });

  it('is no longer than what it stops', async () => {
    const shutdown = new Shutdown({ info: () => undefined, warn: () => undefined }, 60_000);
    shutdown.add('the server', () => sleep(5));
    expect(await shutdown.run()).toBe(true);
  });
});

describe('draining', () => {
  it('answers what is in hand, closes kept-alive connections and refuses new ones', async () => {
    const server = createServer((_request, response) => void sleep(100).then(() => response.end('done')));
    const port = await listening(server);
    const agent = new Agent({ keepAlive: true });
    const answer = once(get({ port, agent }), 'response');
    await once(server, 'request');
    const drained = drain(server);
    const [response] = await answer;
    response.resume();
    await drained;
    expect(response.statusCode).toBe(200);
    await expect(once(get({ port }), 'response')).rejects.toThrow(/ECONNREFUSED/);
    agent.destroy();
  });

  it('cuts off a request that takes longer than it waits', async () => {
    const server = createServer(() => undefined);
    const port = await listening(server);
    const answer = once(get({ port }), 'response');
    await once(server, 'request');
    await drain(server, 50);
    await expect(answer).rejects.toThrow(/socket hang up|ECONNRESET/);
  });
});
