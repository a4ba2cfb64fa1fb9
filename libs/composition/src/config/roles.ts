import { Environment } from '@adapters/runtime/src/config/environment.js';
import {
  edgeSection,
  shopSection,
  tokenSection,
  workflowSection,
  type EdgeConfig,
  type ShopConfig,
  type TokenConfig,
  type WorkflowConfig,
} from '@adapters/runtime/src/config/sections.js';
import { VARIABLES } from '@adapters/runtime/src/config/variables.js';
import { ANALYTICS, CONTEXTS, SIMULATED_PAYMENTS, type Context, type Service } from '../contexts.js';
import {
  clickhouseSection,
  databaseSection,
  kafkaSection,
  roleSection,
  rpcSection,
  type ClickHouseConfig,
  type DatabasesConfig,
  type KafkaConfig,
  type RoleConfig,
  type RpcConfig,
} from './role-sections.js';
import { ROLE_VARIABLES } from './role-variables.js';

/** What every edge to the world has. */
interface ApiConfig extends RoleConfig, EdgeConfig, TokenConfig, WorkflowConfig {
  readonly databases: DatabasesConfig;
  readonly rpc: RpcConfig;
  /** 32 bytes that wrap the keys of personal data. */
  readonly masterKey: Buffer;
}

export interface CommandApiConfig extends ApiConfig {
  readonly contexts: readonly Context[];
  /** Commands of sagas come by it; undefined where none of the contexts carries out any. */
  readonly kafka: KafkaConfig | undefined;
  readonly shop: ShopConfig;
  /** Where identity is served. */
  readonly identity: { readonly jwtPrivateKey: string; readonly admin: { readonly email: string; readonly password: string } } | undefined;
  /** Signs what the simulated payment service calls back, where it is used. */
  readonly paymentCallbackKey: string | undefined;
  /** Where it calls back; undefined for this process itself. */
  readonly paymentCallbackUrl: string | undefined;
}

/** @throws StartupError naming every bad value at once, as all of these */
export function commandApiConfig(variables: NodeJS.ProcessEnv): CommandApiConfig {
  const environment = new Environment(variables);
  const role = roleSection(environment);
  const contexts = environment.require('CONTEXTS', ROLE_VARIABLES.CONTEXTS) ?? [];
  const serves = (context: Context): boolean => contexts.includes(context);
  const shop = shopSection(environment, serves('ordering'));
  const simulated = serves('ordering') && shop.payment.provider === 'simulated';
  const config: CommandApiConfig = {
    ...role,
    contexts,
    ...edgeSection(environment),
    ...tokenSection(environment),
    ...workflowSection(environment),
    shop,
    databases: withPaymentBook(environment, databaseSection(environment, contexts), simulated),
    kafka: serves('catalog') || serves('ordering') ? kafkaSection(environment) : undefined,
    rpc: rpcSection(environment, servicesAskedBy(contexts), role.host),
    masterKey: environment.require('MASTER_KEY', ROLE_VARIABLES.MASTER_KEY),
    identity: serves('identity') ? identitySection(environment) : undefined,
    paymentCallbackKey: simulated ? environment.require('PAYMENT_CALLBACK_KEY', ROLE_VARIABLES.PAYMENT_CALLBACK_KEY) : undefined,
    paymentCallbackUrl: environment.read('PAYMENT_CALLBACK_URL', ROLE_VARIABLES.PAYMENT_CALLBACK_URL),
  };
  environment.check();
  return config;
}

/** Of the services that these contexts must ask, those that are not in their own process. */
function servicesAskedBy(contexts: readonly Context[]): Service[] {
  const asked = new Set<Service>(['identity']);
  if (contexts.includes('ordering')) asked.add('catalog');
  // What they hold of a person goes into the data export.
  if (contexts.includes('identity')) asked.add('ordering').add(ANALYTICS);
  return [...asked].filter((service) => service === ANALYTICS || !contexts.includes(service));
}

const identitySection = (environment: Environment) => ({
  jwtPrivateKey: environment.require('JWT_PRIVATE_KEY', ROLE_VARIABLES.JWT_PRIVATE_KEY),
  admin: {
    email: environment.require('ADMIN_EMAIL', VARIABLES.ADMIN_EMAIL),
    password: environment.require('ADMIN_PASSWORD', VARIABLES.ADMIN_PASSWORD),
  },
});

/** The simulated payment service keeps its book in ordering's database, or in one of its own. */
function withPaymentBook(environment: Environment, databases: DatabasesConfig, simulated: boolean): DatabasesConfig {
  if (!simulated) return databases;
  const url = environment.isSet('PAYMENTS_SIMULATOR_DATABASE_URL')
    ? environment.read('PAYMENTS_SIMULATOR_DATABASE_URL', ROLE_VARIABLES.DATABASE_URL)
    : (databases.byName.ordering?.url ?? '');
  return { ...databases, byName: { ...databases.byName, [SIMULATED_PAYMENTS]: { url, replicaUrl: undefined } } };
}

export interface QueryApiConfig extends ApiConfig {
  readonly shopCurrency: string;
  readonly clickhouse: ClickHouseConfig;
}

export function queryApiConfig(variables: NodeJS.ProcessEnv): QueryApiConfig {
  const environment = new Environment(variables);
  const role = roleSection(environment);
  const config: QueryApiConfig = {
    ...role,
    ...edgeSection(environment),
    ...tokenSection(environment),
    ...workflowSection(environment),
    shopCurrency: environment.read('SHOP_CURRENCY', VARIABLES.SHOP_CURRENCY),
    databases: databaseSection(environment, [ANALYTICS, ...CONTEXTS]),
    clickhouse: clickhouseSection(environment),
    rpc: rpcSection(environment, ['identity', 'catalog'], role.host),
    masterKey: environment.require('MASTER_KEY', ROLE_VARIABLES.MASTER_KEY),
  };
  environment.check();
  return config;
}

/** What works between Postgres and Kafka, and answers nobody. */
interface WorkerConfig extends RoleConfig {
  readonly databases: DatabasesConfig;
  readonly kafka: KafkaConfig;
}

export interface RelayConfig extends WorkerConfig {
  readonly contexts: readonly Context[];
}

export function relayConfig(variables: NodeJS.ProcessEnv): RelayConfig {
  const environment = new Environment(variables);
  const contexts = environment.isSet('CONTEXTS') ? (environment.read('CONTEXTS', ROLE_VARIABLES.CONTEXTS) ?? []) : CONTEXTS;
  const config = {
    ...roleSection(environment),
    contexts,
    databases: databaseSection(environment, contexts),
    kafka: kafkaSection(environment, false),
  };
  environment.check();
  return config;
}

export interface ProjectorConfig extends WorkerConfig {
  readonly clickhouse: ClickHouseConfig;
}

export function projectorConfig(variables: NodeJS.ProcessEnv): ProjectorConfig {
  const environment = new Environment(variables);
  const config = {
    ...roleSection(environment),
    databases: databaseSection(environment, [ANALYTICS, ...CONTEXTS]),
    kafka: kafkaSection(environment),
    clickhouse: clickhouseSection(environment),
  };
  environment.check();
  return config;
}

export interface SagaRunnerConfig extends WorkerConfig, WorkflowConfig {}

export function sagaRunnerConfig(variables: NodeJS.ProcessEnv): SagaRunnerConfig {
  const environment = new Environment(variables);
  const config = {
    ...roleSection(environment),
    ...workflowSection(environment),
    databases: databaseSection(environment, CONTEXTS),
    kafka: kafkaSection(environment),
  };
  environment.check();
  return config;
}
