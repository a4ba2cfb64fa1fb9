// Which processes a cluster has, and what each of them is told. Pure: no port is opened and no file read here.
import { EVENT_CONTEXTS } from './secrets.mjs';

/** Services behind the gateway, with the roles that follow the events, and how many of each there are where nobody says otherwise. */
export const DEFAULT_SCALE = { identity: 1, catalog: 1, ordering: 2, 'query-api': 1, relay: 1, projector: 2, 'saga-runner': 2 };
const ENGINES = ['postgres', 'kafka', 'redis', 'clickhouse'];
const MOST = 32;

/** What a caller's environment may say to the roles. */
export const PASSED_ON =
  'LOG_LEVEL RATE_LIMIT RATE_LIMITS CORS_ORIGINS SHOP_CURRENCY SHIPPING_COST SHIPPING_FREE_FROM TAX_RATES PAYMENT_PROVIDER PAYMENT_DEADLINE_SECONDS SIMULATED_PAYMENT_DELAY_MS STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET STRIPE_API_BASE SAGA_STUCK_SECONDS ADMIN_EMAIL BCRYPT_COST JWT_TTL_SECONDS SESSION_SECONDS SESSION_IDLE_SECONDS OTEL_EXPORTER_OTLP_ENDPOINT KAFKA_PARTITIONS DATABASE_POOL_MAX'.split(
    ' ',
  );

/** Of those, what only whoever takes the money is told: a key that others hold is a key that others lose. */
const isOfPayments = (name) => /^(PAYMENT_PROVIDER|SIMULATED_PAYMENT_|STRIPE_)/.test(name);

/** How many of each there are. @throws Error for what nobody knows */
export function scaleOf(wishes = {}) {
  for (const [service, count] of Object.entries(wishes)) {
    if (!(service in DEFAULT_SCALE)) throw new Error(`--scale ${service}: there is no such service, only ${Object.keys(DEFAULT_SCALE).join(', ')}`);
    if (!Number.isInteger(count) || count < 1 || count > MOST) throw new Error(`--scale ${service}: must be a whole number from 1 to ${MOST}`);
  }
  return { ...DEFAULT_SCALE, ...wishes };
}

/** Names of all processes, each with its service: `ordering-2` of `ordering`. */
const processes = (scale) =>
  Object.entries(scale).flatMap(([service, count]) => Array.from({ length: count }, (_, index) => ({ name: `${service}-${index + 1}`, service })));

/**
 * Names of the ports that a topology needs; `rpc` where others ask a process over TCP.
 * @param {Record<string, number>} scale
 * @param {boolean} [isLinked] whether whoever reads Kafka has a listener of its own there: a broker tells its clients where to connect
 */
export const portNames = (scale, isLinked = false) => [
  ...ENGINES,
  'kafka-controller',
  ...processes(scale).flatMap(({ name, service }) => (answersRpc(service) ? [name, `${name}/rpc`] : [name])),
  ...(isLinked ? kafkaUsers(scale).map((name) => `kafka/${name}`) : []),
];

/** Processes that connect to Kafka. */
export const kafkaUsers = (scale) =>
  processes(scale)
    .filter(({ service }) => USES[service].includes('kafka'))
    .map(({ name }) => name);

/** What each service connects to: engines, and the services that it asks. */
const USES = {
  identity: ['postgres', 'redis', 'ordering', 'query-api'],
  catalog: ['postgres', 'redis', 'kafka', 'identity'],
  ordering: ['postgres', 'redis', 'kafka', 'identity', 'catalog'],
  'query-api': ['postgres', 'redis', 'clickhouse', 'identity', 'catalog'],
  relay: ['postgres', 'kafka'],
  projector: ['postgres', 'kafka', 'clickhouse'],
  'saga-runner': ['postgres', 'kafka'],
};
const ENTERED = ['identity', 'catalog', 'ordering', 'query-api'];

/** Every connection that the processes make to one another, by the names of who connects and of the port that it connects to. */
export function linksOf(scale) {
  const all = processes(scale);
  const named = (service) => all.filter((process) => process.service === service).map(({ name }) => name);
  const inside = all.flatMap(({ name: from, service }) =>
    USES[service].flatMap((used) => (ENGINES.includes(used) ? [{ from, to: used }] : named(used).map((name) => ({ from, to: `${name}/rpc` })))),
  );
  return [...inside, ...ENTERED.flatMap((service) => named(service).map((to) => ({ from: 'gateway', to })))];
}

const answersRpc = (service) => EVENT_CONTEXTS.includes(service) || service === 'query-api';

/**
 * Every role's process: its program, environment and port.
 * @param {object} parts
 * @param {Record<string, number>} parts.scale
 * @param {Record<string, number>} parts.ports by name, see `portNames`
 * @param {(name: string, of: string) => string} parts.secretFile path of a secret, for one process
 * @param {(from: string, to: string) => number} [parts.portOf] where a process reaches a port of another's; that port itself where nothing is in between
 * @param {Record<string, string>} parts.environment what is said to all, but for what concerns payments
 */
export function rolesOf({ scale, ports, secretFile, environment, portOf = (_, to) => ports[to] }) {
  const all = processes(scale);
  const rpc = (of, service) =>
    all
      .filter((process) => process.service === service)
      .map(({ name }) => `127.0.0.1:${portOf(of, `${name}/rpc`)}`)
      .join(',');
  const databases = (of, ...contexts) =>
    Object.fromEntries(contexts.map((context) => [`${context.toUpperCase()}_DATABASE_URL_FILE`, secretFile(`${context}_database_url`, of)]));
  const readOnly = (of) =>
    Object.fromEntries(EVENT_CONTEXTS.map((context) => [`${context.toUpperCase()}_DATABASE_URL_FILE`, secretFile(`${context}_reader_url`, of)]));
  const clickhouse = (of) => ({
    CLICKHOUSE_URL: `http://127.0.0.1:${portOf(of, 'clickhouse')}`,
    CLICKHOUSE_USER: 'nebulocart',
    CLICKHOUSE_PASSWORD_FILE: secretFile('clickhouse-password', of),
  });
  const common = { HOST: '127.0.0.1', LOG_FORMAT: 'json' };
  const kafka = (of) => ({
    KAFKA_BROKERS: `127.0.0.1:${portOf(of, 'kafka')}`,
    KAFKA_PARTITIONS: '8',
    KAFKA_REPLICATION: '1',
    RPC_SECRET_FILE: secretFile('rpc-secret', of),
  });
  /** A process that is killed and started again has its partitions back without the others hearing of it. */
  const consumer = (of) => ({ ...kafka(of), INSTANCE_NAME: of });
  /** What has an edge to the world; nobody else opens personal data or is asked by others. */
  const edge = (of) => ({
    MASTER_KEY_FILE: secretFile('master-key', of),
    RPC_SECRET_FILE: secretFile('rpc-secret', of),
    REDIS_URL_FILE: secretFile('redis_url', of),
    TRUSTED_PROXIES: '127.0.0.1',
  });
  const said = (service) => Object.fromEntries(Object.entries(environment).filter(([name]) => service === 'ordering' || !isOfPayments(name)));
  /** What each service is told beyond that. */
  const own = {
    identity: (name) => ({
      ...edge(name),
      CONTEXTS: 'identity',
      ...databases(name, 'identity'),
      JWT_PRIVATE_KEY_FILE: secretFile('jwt-private-key.pem', name),
      ADMIN_EMAIL: 'admin@nebulocart.example',
      ADMIN_PASSWORD_FILE: secretFile('admin-password', name),
      ORDERING_RPC: rpc(name, 'ordering'),
      ANALYTICS_RPC: rpc(name, 'query-api'),
    }),
    catalog: (name) => ({
      ...edge(name),
      ...consumer(name),
      CONTEXTS: 'catalog',
      ...databases(name, 'catalog'),
      IDENTITY_RPC: rpc(name, 'identity'),
    }),
    ordering: (name) => ({
      ...edge(name),
      ...consumer(name),
      CONTEXTS: 'ordering',
      ...databases(name, 'ordering'),
      IDENTITY_RPC: rpc(name, 'identity'),
      CATALOG_RPC: rpc(name, 'catalog'),
      PAYMENT_CALLBACK_KEY_FILE: secretFile('payment-callback-key', name),
      PAYMENT_CALLBACK_URL: `http://127.0.0.1:${ports[name]}`,
    }),
    'query-api': (name) => ({
      ...edge(name),
      ...databases(name, 'analytics'),
      ...readOnly(name),
      ...clickhouse(name),
      IDENTITY_RPC: rpc(name, 'identity'),
      CATALOG_RPC: rpc(name, 'catalog'),
    }),
    relay: (name) => ({ ...kafka(name), ...databases(name, ...EVENT_CONTEXTS) }),
    projector: (name) => ({ ...consumer(name), ...databases(name, 'analytics', ...EVENT_CONTEXTS), ...clickhouse(name) }),
    'saga-runner': (name) => ({ ...consumer(name), ...databases(name, ...EVENT_CONTEXTS) }),
  };
  return all.map(({ name, service }) => ({
    name,
    service,
    port: ports[name],
    /** Where the gateway finds it, if it is behind it. */
    entrance: ENTERED.includes(service) ? `127.0.0.1:${portOf('gateway', name)}` : undefined,
    program: `dist/apps/${EVENT_CONTEXTS.includes(service) ? 'command-api' : service}/src/main.js`,
    environment: {
      ...common,
      PORT: String(ports[name]),
      ...(answersRpc(service) && { RPC_PORT: String(ports[`${name}/rpc`]) }),
      ...own[service](name),
      ...said(service),
    },
  }));
}

/** Addresses of the processes behind each of the gateway's services. */
export const gatewayServices = (roles) => {
  const of = (service) => roles.filter((role) => role.service === service).map(({ entrance }) => entrance);
  return { identity: of('identity'), catalog: of('catalog'), ordering: of('ordering'), query: of('query-api') };
};

/** What Prometheus reads with `file_sd_configs`: where each process tells its metrics. */
export const metricsTargets = (roles) =>
  roles.map(({ name, service, port }) => ({ targets: [`127.0.0.1:${port}`], labels: { service, process: name } }));
