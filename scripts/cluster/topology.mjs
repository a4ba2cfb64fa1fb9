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

/** Names of the ports that a topology needs; `rpc` where others ask a process over TCP. */
export const portNames = (scale) => [
  ...ENGINES,
  'kafka-controller',
  ...processes(scale).flatMap(({ name, service }) => (answersRpc(service) ? [name, `${name}/rpc`] : [name])),
];

const answersRpc = (service) => EVENT_CONTEXTS.includes(service) || service === 'query-api';

/**
 * Every role's process: its program, environment and port.
 * @param {object} parts
 * @param {Record<string, number>} parts.scale
 * @param {Record<string, number>} parts.ports by name, see `portNames`
 * @param {(name: string) => string} parts.secretFile path of a secret
 * @param {Record<string, string>} parts.environment what is said to all, but for what concerns payments
 */
export function rolesOf({ scale, ports, secretFile, environment }) {
  const all = processes(scale);
  const rpc = (service) =>
    all
      .filter((process) => process.service === service)
      .map(({ name }) => `127.0.0.1:${ports[`${name}/rpc`]}`)
      .join(',');
  const databases = (...contexts) =>
    Object.fromEntries(contexts.map((context) => [`${context.toUpperCase()}_DATABASE_URL_FILE`, secretFile(`${context}_database_url`)]));
  const readOnly = Object.fromEntries(
    EVENT_CONTEXTS.map((context) => [`${context.toUpperCase()}_DATABASE_URL_FILE`, secretFile(`${context}_reader_url`)]),
  );
  const clickhouse = {
    CLICKHOUSE_URL: `http://127.0.0.1:${ports['clickhouse']}`,
    CLICKHOUSE_USER: 'nebulocart',
    CLICKHOUSE_PASSWORD_FILE: secretFile('clickhouse-password'),
  };
  const common = { HOST: '127.0.0.1', LOG_FORMAT: 'json' };
  const kafka = { KAFKA_BROKERS: `127.0.0.1:${ports['kafka']}`, KAFKA_PARTITIONS: '8', KAFKA_REPLICATION: '1' };
  /** What has an edge to the world; nobody else opens personal data or is asked by others. */
  const edge = {
    MASTER_KEY_FILE: secretFile('master-key'),
    RPC_SECRET_FILE: secretFile('rpc-secret'),
    REDIS_URL_FILE: secretFile('redis_url'),
    TRUSTED_PROXIES: '127.0.0.1',
  };
  const said = (service) => Object.fromEntries(Object.entries(environment).filter(([name]) => service === 'ordering' || !isOfPayments(name)));
  /** What each service is told beyond that. */
  const own = {
    identity: () => ({
      ...edge,
      CONTEXTS: 'identity',
      ...databases('identity'),
      JWT_PRIVATE_KEY_FILE: secretFile('jwt-private-key.pem'),
      ADMIN_EMAIL: 'admin@nebulocart.example',
      ADMIN_PASSWORD_FILE: secretFile('admin-password'),
      ORDERING_RPC: rpc('ordering'),
      ANALYTICS_RPC: rpc('query-api'),
    }),
    catalog: () => ({ ...edge, ...kafka, CONTEXTS: 'catalog', ...databases('catalog'), IDENTITY_RPC: rpc('identity') }),
    ordering: (name) => ({
      ...edge,
      ...kafka,
      CONTEXTS: 'ordering',
      ...databases('ordering'),
      IDENTITY_RPC: rpc('identity'),
      CATALOG_RPC: rpc('catalog'),
      PAYMENT_CALLBACK_KEY_FILE: secretFile('payment-callback-key'),
      PAYMENT_CALLBACK_URL: `http://127.0.0.1:${ports[name]}`,
    }),
    'query-api': () => ({
      ...edge,
      ...databases('analytics'),
      ...readOnly,
      ...clickhouse,
      IDENTITY_RPC: rpc('identity'),
      CATALOG_RPC: rpc('catalog'),
    }),
    relay: () => ({ ...kafka, ...databases(...EVENT_CONTEXTS) }),
    projector: () => ({ ...kafka, ...databases('analytics', ...EVENT_CONTEXTS), ...clickhouse }),
    'saga-runner': () => ({ ...kafka, ...databases(...EVENT_CONTEXTS) }),
  };
  return all.map(({ name, service }) => ({
    name,
    service,
    port: ports[name],
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
  const of = (service) => roles.filter((role) => role.service === service).map(({ port }) => `127.0.0.1:${port}`);
  return { identity: of('identity'), catalog: of('catalog'), ordering: of('ordering'), query: of('query-api') };
};

/** What Prometheus reads with `file_sd_configs`: where each process tells its metrics. */
export const metricsTargets = (roles) =>
  roles.map(({ name, service, port }) => ({ targets: [`127.0.0.1:${port}`], labels: { service, process: name } }));
