// What stands between the processes of a cluster, where its starter puts something there: a proxy for each connection of one process to another.
import { join } from 'node:path';
import { keepSecrets, writeDatabaseUrls } from './secrets.mjs';
import { kafkaUsers, linksOf } from './topology.mjs';

const HOST = '127.0.0.1';

/**
 * @typedef {object} Link one process' connections to a port of another's
 * @property {string} from
 * @property {string} to `postgres`, `ordering-2/rpc`
 * @property {number} port where they are to arrive
 */

/**
 * @param {object} parts
 * @param {Record<string, number>} parts.scale
 * @param {Record<string, number>} parts.ports
 * @param {(links: Link[]) => Promise<(from: string, to: string) => number>} parts.open puts something between; answers where each is reached
 * @param {import('./secrets.d.mts').KeptSecrets} parts.secrets
 * @param {string} parts.folder for what one process alone is told
 */
export async function openLinks({ scale, ports, open, secrets, folder }) {
  const arrival = (from, to) => (to === 'kafka' ? ports[`kafka/${from}`] : ports[to]);
  const links = linksOf(scale).map(({ from, to }) => ({ from, to, port: arrival(from, to) }));
  const portOf = await open(links);
  const own = new Map();
  for (const { from, to } of links) {
    if (to !== 'postgres') continue;
    const kept = keepSecrets(join(folder, from));
    writeDatabaseUrls({ ...secrets, write: kept.write }, () => `${HOST}:${portOf(from, 'postgres')}`);
    own.set(from, kept);
  }
  for (const { from, to } of links) if (to === 'redis') writeRedisUrl({ ...secrets, write: own.get(from).write }, portOf(from, 'redis'));
  return {
    portOf,
    secretFile: (name, of) => (name.endsWith('_url') ? own.get(of).file(name) : secrets.file(name)),
    kafkaProperties: listenersOf(kafkaUsers(scale), ports, portOf),
  };
}

export const writeRedisUrl = (secrets, port) => secrets.write('redis_url', `redis://:${secrets.read('redis-password')}@${HOST}:${port}`);

/** A listener for each of Kafka's users, who is told to connect where its link begins. */
function listenersOf(users, ports, portOf) {
  const listeners = users.map((name) => ({ listener: name.toUpperCase(), port: ports[`kafka/${name}`], told: portOf(name, 'kafka') }));
  const all = (port) => listeners.map((one) => `${one.listener}://${HOST}:${one[port]}`);
  return {
    listeners: [`PLAINTEXT://${HOST}:${ports['kafka']}`, `CONTROLLER://${HOST}:${ports['kafka-controller']}`, ...all('port')].join(),
    'advertised.listeners': [`PLAINTEXT://${HOST}:${ports['kafka']}`, ...all('told')].join(),
    'listener.security.protocol.map': ['PLAINTEXT', 'CONTROLLER', ...listeners.map(({ listener }) => listener)]
      .map((name) => `${name}:PLAINTEXT`)
      .join(),
    // Each listener has threads of its own.
    'num.network.threads': 1,
  };
}
