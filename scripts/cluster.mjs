// `npm run cluster`: the distributed topology on this machine, without Docker. docs/how-to/run-a-cluster.md tells of it.
import './require-node.mjs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_SCALE, PASSED_ON, scaleOf } from './cluster/topology.mjs';

const USAGE = `Usage: npm run cluster -- [--scale ordering=3]… [--data DIR] [--port 3000] [--rate N] [--engines-only] [--tls-certificate FILE --tls-key FILE] [--check] [--help]

  --scale SERVICE=N   so many processes of ${Object.keys(DEFAULT_SCALE).join(', ')}; may be repeated
  --data DIR          where everything is kept; ./var/cluster
  --port N            the gateway's; 3000
  --rate N            requests a second of one address that the gateway lets pass; 500
  --tls-certificate FILE --tls-key FILE
                      PEM; the gateway speaks TLS
  --engines-only      Postgres, Kafka, Redis and ClickHouse alone, as a restore needs them
  --check             validates every process' configuration and the gateway's, and exits
  --help              this

It starts one service a process over Kafka, on this machine: docs/how-to/run-a-cluster.md. Settings come from the environment, as for npm start.`;
/** Ctrl-C reaches npm, which passes it on: a repeat this soon is the same one, ms. */
const SAME_SIGNAL_MS = 1_000;

function options() {
  const { values } = parseArgs({
    options: {
      scale: { type: 'string', multiple: true, default: [] },
      data: { type: 'string', default: join(import.meta.dirname, '..', 'var', 'cluster') },
      port: { type: 'string', default: '3000' },
      rate: { type: 'string' },
      'tls-certificate': { type: 'string' },
      'tls-key': { type: 'string' },
      'engines-only': { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const scale = Object.fromEntries(
    values.scale
      .flatMap((text) => text.split(','))
      .map((text) => {
        const [service, count] = text.split('=');
        return [service, Number(count)];
      }),
  );
  const whole = (name, most) => {
    if (!/^\d{1,9}$/.test(values[name]) || Number(values[name]) < 1 || Number(values[name]) > most)
      throw new Error(`--${name} must be a whole number from 1 to ${most}`);
    return Number(values[name]);
  };
  const [certificate, key] = [values['tls-certificate'], values['tls-key']];
  if (!certificate !== !key) throw new Error('--tls-certificate and --tls-key belong together');
  return {
    isCheck: values.check,
    isHelp: values.help,
    scale: scaleOf(scale),
    // npm runs this in the project's folder; whoever called may be elsewhere.
    dataDir: fromCaller(values.data),
    port: whole('port', 65_535),
    enginesOnly: values['engines-only'],
    ...(values.rate && { rate: whole('rate', 1_000_000) }),
    ...(certificate && { tls: { certificate: fromCaller(certificate), key: fromCaller(key) } }),
  };
}

const fromCaller = (path) => resolve(process.env.INIT_CWD ?? process.cwd(), path);

function topology(cluster) {
  const running = cluster.members.filter(({ pid }) => pid !== undefined);
  const lines = running.map(({ name, facts, pid }) => `  ${name.padEnd(16)} ${facts.address.padEnd(18)} process ${pid}`);
  if (!running.some(({ name }) => name === 'gateway'))
    return ['The engines run, and nothing else. Restore in another terminal (docs/how-to/backup-and-restore.md), then Ctrl-C here:', ...lines].join(
      '\n',
    );
  return [
    `Nebulocart runs as ${running.length} processes. The one entry: ${cluster.url} (API: ${cluster.url}/docs)`,
    ...lines,
    `Administrator: ${process.env.ADMIN_EMAIL ?? 'admin@nebulocart.example'}, password in ${cluster.secretFile('admin-password')} (a shop that was restored keeps its own)`,
  ].join('\n');
}

function statusOf(cluster, enginesOnly) {
  const counts = new Map();
  for (const { facts, isReady } of cluster.members) {
    if (enginesOnly && (facts.kind === 'role' || facts.service === 'gateway')) continue;
    const [ready, all] = counts.get(facts.service) ?? [0, 0];
    counts.set(facts.service, [ready + Number(isReady), all + 1]);
  }
  const services = [...counts].map(([service, [ready, all]]) => `${service} ${ready}/${all}`).join('  ');
  const restarts = cluster.members.reduce((sum, member) => sum + member.restarts, 0);
  const down = cluster.members.filter(({ state }) => state === 'down').map(({ name, lastEnd }) => `${name} (${lastEnd})`);
  return `${services}  restarts ${restarts}${down.length > 0 ? `  down: ${down.join(', ')}` : ''}`;
}

async function main({ isCheck, ...wishes }) {
  const { Cluster } = await import('./cluster/cluster.mjs');
  const environment = Object.fromEntries(PASSED_ON.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
  const log = { info: (text) => console.log(text), warn: (text) => console.warn(text) };
  if (isCheck) {
    const complaints = await Cluster.check({ ...wishes, environment, log });
    console.log(complaints.length === 0 ? 'The configuration of every process is valid.' : complaints.join('\n'));
    return complaints.length === 0 ? 0 : 1;
  }
  const started = { cluster: undefined, said: '' };
  const tell = () => {
    const status = started.cluster && statusOf(started.cluster, wishes.enginesOnly);
    if (!status || status === started.said) return;
    started.said = status;
    console.log(`${new Date().toISOString().slice(11, 19)} ${status}`);
  };
  const what = wishes.enginesOnly ? 'ClickHouse’s engine and Redis, and nothing else' : 'ClickHouse’s engine, Redis, nginx and every role';
  console.log(`Starting Postgres, Kafka, ${what}; the first time takes a minute.`);
  const over = new AbortController();
  const stopped = signalled((signal) => {
    console.log(`${signal}: stopping`);
    started.cluster = undefined;
    over.abort();
  });
  const cluster = await Cluster.start({ ...wishes, environment, log, onChange: tell, signal: over.signal }).catch((error) => {
    if (!over.signal.aborted) throw error;
  });
  if (cluster && !over.signal.aborted) {
    started.cluster = cluster;
    console.log(topology(cluster));
    tell();
  }
  await stopped;
  await cluster?.stop();
  console.log('stopped');
  return cluster ? 0 : 1;
}

/** Resolves when the first SIGINT or SIGTERM comes, which it tells; the next one leaves everything to the guardian. */
function signalled(tell) {
  return new Promise((done) => {
    let first = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        if (first === 0) {
          first = performance.now();
          tell(signal);
          done();
        } else if (performance.now() - first > SAME_SIGNAL_MS) process.exit(1);
      });
    }
  });
}

function wished() {
  try {
    return options();
  } catch (error) {
    console.error(`Cannot start: ${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { isHelp, ...wishes } = wished();
if (isHelp) {
  console.log(USAGE);
  process.exit(0);
}
try {
  process.exit(await main(wishes));
} catch (error) {
  console.error(`Cannot start: ${error.message}`);
  process.exit(1);
}
