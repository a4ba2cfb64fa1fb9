// The whole topology of docker-compose.yml as processes of this machine: real engines, every role on its production code path.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from '../build-if-stale.mjs';
import { KAFKA_PROGRAMS, requireKafka, startKafka } from '../engines/kafka.mjs';
import { NGINX_PROGRAMS } from '../engines/nginx.mjs';
import { requirePrograms } from '../engines/programs.mjs';
import { REDIS_PROGRAMS, startRedis } from '../engines/redis.mjs';
import { checkNode, clickhouseLauncher, launchNode, postgresLauncher } from './engines.mjs';
import { entranceProblem } from './entrance.mjs';
import { Gateway } from './gateway.mjs';
import { endLeftovers, Guardian } from './guardian.mjs';
import { openLinks, writeRedisUrl } from './links.mjs';
import { Member } from './member.mjs';
import { keepPorts } from './ports.mjs';
import { keepSecrets, writeDatabaseUrls } from './secrets.mjs';
import { gatewayServices, metricsTargets, portNames, rolesOf, scaleOf } from './topology.mjs';

const root = join(import.meta.dirname, '..', '..');
const HOST = '127.0.0.1';
const SILENT = { info: () => undefined, warn: () => undefined };

/** Who goes before whom when all stop: first who brings work, last what everything stands on. */
const STOPPING = [
  ['gateway'],
  ['identity', 'catalog', 'ordering', 'query-api'],
  ['saga-runner', 'projector'],
  ['relay'],
  ['clickhouse', 'kafka', 'redis'],
  ['postgres'],
];

/**
 * @typedef {object} ClusterOptions
 * @property {string} dataDir where everything is kept
 * @property {number} [port] the gateway's; 3000
 * @property {Record<string, number>} [scale] how many of which service
 * @property {boolean} [enginesOnly] starts no service and no gateway: for a restore
 * @property {Record<string, string>} [environment] what is said to every role beyond its own variables
 * @property {{ certificate: string, key: string }} [tls] the gateway's
 * @property {number} [rate] requests a second of one address that the gateway lets pass
 * @property {{ info(text: string): void, warn(text: string): void }} [log]
 * @property {(links: import('./links.mjs').Link[]) => Promise<(from: string, to: string) => number>} [links] puts something between every two
 *   processes that connect, and answers at which port the one reaches the other
 * @property {(name: string) => Record<string, string>} [environmentOf] what a process is told beyond that, asked at each of its starts
 * @property {(member: Member) => void} [onChange] told of every member's every state
 * @property {AbortSignal} [signal] gives the start up: what was begun is stopped
 */
export class Cluster {
  #options;
  #members = new Map();
  #gateway;
  #guardian;
  #held;
  #roles = [];

  /** @param {ClusterOptions} options */
  constructor({ dataDir, ...options }) {
    this.#options = {
      port: 3_000,
      environment: {},
      environmentOf: () => ({}),
      log: SILENT,
      onChange: () => undefined,
      ...options,
      dataDir: resolve(dataDir),
      scale: scaleOf(options.scale),
    };
  }

  /** Starts everything; resolves when all of it is ready. @throws Error, with all that was begun stopped again */
  static async start(options) {
    const cluster = new Cluster(options);
    // Whatever starts fails, and with it the stage that it belongs to.
    const giveUp = () => cluster.members.filter(({ state }) => state === 'starting').forEach((member) => void member.stop().catch(() => undefined));
    options.signal?.addEventListener('abort', giveUp);
    try {
      const engines = [() => cluster.#prepare(), () => cluster.#checkEntrance(), () => cluster.#startEngines()];
      const shop = [() => cluster.#startRoles(), () => cluster.#startGateway()];
      for (const stage of cluster.#options.enginesOnly ? engines : [...engines, ...shop]) {
        options.signal?.throwIfAborted();
        await stage();
      }
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', giveUp);
    }
  }

  /** What is wrong with a configuration, without starting anything. */
  static async check(options) {
    const cluster = new Cluster(options);
    try {
      await cluster.#prepare();
      const complaints = [];
      // Processes of one service differ in their ports alone.
      for (const role of cluster.#roles.filter(({ name }) => name.endsWith('-1'))) {
        const complaint = await checkNode(role);
        if (complaint) complaints.push(`${role.name}: ${complaint}`);
      }
      const gateway = (await cluster.#entranceProblem()) ?? cluster.#gateway.problem();
      return gateway ? [...complaints, `gateway: ${gateway}`] : complaints;
    } finally {
      await cluster.stop();
    }
  }

  get url() {
    return `http${this.#options.tls ? 's' : ''}://${HOST}:${this.#options.port}`;
  }

  get members() {
    return [...this.#members.values()];
  }

  /** Path of a secret's file, such as `admin-password`. */
  secretFile(name) {
    return join(this.#options.dataDir, 'secrets', name);
  }

  /** By name: `ordering-2`, `kafka`, `gateway`. */
  member(name) {
    const member = this.#members.get(name);
    if (!member) throw new Error(`there is no ${name} in this cluster, only ${[...this.#members.keys()].join(', ')}`);
    return member;
  }

  /** Restarts a process as a deployment does: the gateway first sends nothing new to it. */
  async restart(name) {
    const { entrance, behindGateway } = this.member(name).facts;
    if (behindGateway) await this.#gateway.drain(entrance);
    try {
      await this.member(name).restart();
    } finally {
      if (behindGateway) await this.#gateway.restore(entrance);
    }
  }

  /** Every role after the other. */
  async rollingRestart() {
    for (const { name } of this.#of('role')) await this.restart(name);
  }

  /** Stops everything in the order in which nothing in hand is lost. */
  async stop() {
    for (const services of STOPPING) {
      const going = this.members.filter(({ facts }) => services.includes(facts.service));
      const stop = async (member) => {
        await member.stop();
        this.#guardian.forget(member.facts.kind, member.name);
      };
      await Promise.all(
        going.map((member) => stop(member).catch((error) => this.#options.log.warn(`stopping ${member.name} failed: ${error.message}`))),
      );
    }
    this.#gateway?.remove();
    await this.#guardian?.end();
    this.#held?.release();
  }

  #of(kind) {
    return this.members.filter(({ facts }) => facts.kind === kind);
  }

  async #prepare() {
    const { dataDir, scale, environment, environmentOf, links, port: entrance, tls, rate, burst, log } = this.#options;
    requirePrograms([...KAFKA_PROGRAMS, ...REDIS_PROGRAMS, ...NGINX_PROGRAMS], 'The cluster');
    requireKafka('The cluster');
    if (buildIfStale({ quiet: true })) log.info('built');
    const { holdDataDir } = await import(pathToFileURL(join(root, 'dist/libs/adapters/runtime/src/embedded/data-dir.js')).href);
    if (!existsSync(dataDir)) mkdirSync(dataDir, { recursive: true });
    this.#held = holdDataDir(dataDir);
    const left = await endLeftovers(join(dataDir, 'run'));
    if (left.length > 0) log.info(`ended what an earlier start had left running: ${left.join(', ')}`);
    const ports = await keepPorts(dataDir, portNames(scale, links !== undefined));
    const secrets = keepSecrets(join(dataDir, 'secrets'));
    secrets.make();
    writeRedisUrl(secrets, ports['redis']);
    writeDatabaseUrls(secrets, () => `${HOST}:${ports['postgres']}`);
    // Where `npm start` keeps it, too: the commands that ask the API look there.
    keepSecrets(dataDir).write('admin-password', secrets.read('admin-password'));
    this.#guardian = new Guardian(join(dataDir, 'run'));
    const folder = (name) => {
      mkdirSync(join(dataDir, name), { recursive: true, mode: 0o700 });
      return join(dataDir, name);
    };
    const linked = links && (await openLinks({ scale, ports, open: links, secrets, folder: folder('links') }));
    this.#roles = rolesOf({ scale, ports, secretFile: secrets.file, environment, ...linked });
    writeFileSync(join(dataDir, 'prometheus-targets.json'), JSON.stringify(metricsTargets(this.#roles), null, 2));
    const logOf = (name) => join(folder('logs'), `${name}.log`);
    const engine = (service, launch) =>
      this.#add({ name: service, service, kind: service === 'postgres' ? 'postgres' : 'engine', address: `${HOST}:${ports[service]}`, launch });
    const kafka = { port: ports['kafka'], controllerPort: ports['kafka-controller'], properties: linked?.kafkaProperties };
    engine('postgres', postgresLauncher({ dataDir, port: ports['postgres'], secrets, log }));
    engine('kafka', (onSpawn) => startKafka({ ...kafka, dir: folder('kafka'), onSpawn }));
    engine('redis', (onSpawn) => startRedis({ dir: folder('redis'), port: ports['redis'], password: secrets.read('redis-password'), onSpawn }));
    engine('clickhouse', clickhouseLauncher({ dataDir, port: ports['clickhouse'], secrets, log: logOf('clickhouse') }));
    const services = gatewayServices(this.#roles);
    const behind = new Set(Object.values(services).flat());
    for (const { name, service, port: at, entrance: reached, program, environment: own } of this.#roles) {
      const address = `${HOST}:${at}`;
      const launch = (onSpawn) => {
        const told = { ...own, ...environmentOf(name) };
        return launchNode({ name, program, environment: told, log: logOf(name), isReady: () => isReady(address), onSpawn });
      };
      this.#add({ name, service, kind: 'role', address, entrance: reached, behindGateway: behind.has(reached), launch });
    }
    this.#gateway = new Gateway({ dir: folder('gateway'), host: HOST, port: entrance, services, tls, rate, burst });
    this.#add({
      name: 'gateway',
      service: 'gateway',
      kind: 'engine',
      address: `${HOST}:${entrance}`,
      launch: (onSpawn) => this.#gateway.launch(onSpawn),
      stopSignal: 'SIGQUIT',
    });
  }

  #entranceProblem() {
    const { port, tls } = this.#options;
    return entranceProblem({ host: HOST, port, tls });
  }

  /** The gateway starts last: what it lacks would be told after minutes. */
  async #checkEntrance() {
    const problem = (await this.#entranceProblem()) ?? this.#gateway.problem();
    if (problem) throw new Error(problem);
  }

  async #startEngines() {
    // Nobody's child: Postgres itself says which process it is, in a file that is there as soon as it is.
    this.#guardian.watchFile('postgres', 'postgres', join(this.#options.dataDir, 'postgres', 'data', 'postmaster.pid'));
    await Promise.all(['postgres', 'kafka', 'redis', 'clickhouse'].map((name) => this.member(name).start()));
  }

  async #startRoles() {
    await Promise.all(this.#of('role').map((member) => member.start()));
  }

  async #startGateway() {
    await this.member('gateway').start();
  }

  #add({ name, kind, launch, ...facts }) {
    const guarded = this.#guardian.guarded(kind, name, launch);
    this.#members.set(name, new Member({ name, kind, ...facts, launch: guarded, onChange: this.#options.onChange }));
  }
}

async function isReady(address) {
  try {
    const answer = await fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(5_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
