// A real Apache Kafka broker, one node in KRaft mode, from Maven Central's jars on Java 17.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { accepts, launch, untilReady } from './server-process.mjs';
import { PATH, requirePrograms, says } from './programs.mjs';

export const KAFKA_VERSION = '4.3.0';
const POM = join(import.meta.dirname, '..', '..', 'deploy', 'kafka', 'pom.xml');
const JAVA = 17;

const javaVersion = () => Number(/version "(\d+)/.exec(says('java', ['-version']) ?? '')?.[1] ?? 0);

export const KAFKA_PROGRAMS = [
  { name: `Java ${JAVA} or newer`, isThere: () => javaVersion() >= JAVA, packages: ['openjdk-17-jre-headless'] },
  { name: 'Maven (mvn)', isThere: () => hasJars() || says('mvn', ['-version']) !== undefined, packages: ['maven'] },
];

/** Outside of the repository: every clone of one user shares it. */
const cache = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'nebulocart', `kafka-${KAFKA_VERSION}`);
const hasJars = () => existsSync(join(cache(), `kafka_2.13-${KAFKA_VERSION}.jar`));

/** Makes sure of Java and Kafka's jars, which are fetched once. @returns the folder of the jars */
export function requireKafka(what = 'Kafka') {
  requirePrograms(KAFKA_PROGRAMS, what);
  if (!hasJars()) fetchJars();
  return cache();
}

/** Into a folder of its own, renamed when whole: neither a crash nor another process that fetches leaves half a Kafka. */
function fetchJars() {
  const folder = cache();
  mkdirSync(join(folder, '..'), { recursive: true });
  const fresh = mkdtempSync(`${folder}.`);
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${fresh}`, '-DincludeScope=runtime'];
  const maven = spawnSync('mvn', ['-q', '-B', '-C', '-f', POM, ...goal], { encoding: 'utf8', env: { ...process.env, PATH } });
  try {
    if (maven.status !== 0) throw new Error(`Maven could not fetch Kafka ${KAFKA_VERSION}: ${`${maven.stdout}${maven.stderr}`.trim().slice(-800)}`);
    if (!hasJars()) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(fresh, folder);
    }
  } catch (error) {
    // Another process was first.
    if (!hasJars()) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Kafka's own notation of 16 random bytes; it refuses one that begins with a dash. */
const clusterId = () => `k${randomBytes(16).toString('base64url').slice(1)}`;

function settings({ dir, port, controllerPort }, more) {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(dir, 'data'),
    // Topics are made by the relay, with the partitions that it stores; a misspelt name must not make one.
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // A broker that was killed is let back in once its former session has run out: by default after 9 s.
    'broker.session.timeout.ms': 6_000,
    'broker.heartbeat.interval.ms': 1_000,
    ...more,
  };
}

/**
 * Starts a broker that keeps everything in `dir`, with its storage made at the first call. Resolves when it takes connections.
 * @param {object} options
 * @param {string} options.dir its folder
 * @param {number} options.port where clients connect, on the loopback
 * @param {number} options.controllerPort where the quorum talks
 * @param {number} [options.heapMb] memory of Java's heap
 * @param {Record<string, string | number | boolean>} [options.properties] settings over those of this file
 * @param {(server: object) => void} [options.onSpawn] has its process at once
 */
export async function startKafka({ dir, port, controllerPort, heapMb = 512, properties = {}, onSpawn }) {
  const jars = requireKafka();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const config = join(dir, 'server.properties');
  const lines = Object.entries(settings({ dir, port, controllerPort }, properties)).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(config, lines.join(''), { mode: 0o600 });
  if (!existsSync(join(dir, 'data', 'meta.properties'))) format(jars, config, dir);
  const log = join(dir, 'kafka.log');
  const java = [`-Xmx${heapMb}m`, '-XX:+UseSerialGC', '-Djava.awt.headless=true', '-cp', join(jars, '*'), 'kafka.Kafka', config];
  const server = launch({ name: 'Kafka', command: 'java', args: java, log, cwd: dir, onSpawn });
  // For who cleans up after a starter that was killed.
  writeFileSync(join(dir, 'pid'), String(server.pid ?? ''));
  return untilReady(server, () => accepts(port), { log });
}

function format(jars, config, dir) {
  const data = join(dir, 'data');
  // Half formatted storage of a crash: it holds no meta.properties, so nothing was ever written to it.
  if (existsSync(data) && readdirSync(data).length > 0) rmSync(data, { recursive: true });
  const words = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), 'kafka.tools.StorageTool'];
  const tool = spawnSync('java', [...words, 'format', '-t', clusterId(), '-c', config, '--standalone'], { encoding: 'utf8', cwd: dir });
  if (tool.status !== 0) throw new Error(`Kafka's storage could not be made in ${dir}: ${`${tool.stdout}${tool.stderr}`.trim().slice(-800)}`);
}
