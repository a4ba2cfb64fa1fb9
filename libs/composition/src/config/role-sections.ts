import type { Environment } from '@adapters/runtime/src/config/environment.js';
import { processSection, type ProcessConfig } from '@adapters/runtime/src/config/sections.js';
import type { DatabaseName, Service } from '../contexts.js';
import { ROLE_VARIABLES } from './role-variables.js';

/** What every role has. */
export interface RoleConfig extends ProcessConfig {
  /** From telling that it stops to taking no more, ms: balancers must notice. */
  readonly shutdownDelayMs: number;
  /** How long it may take after that until it has ended, ms: whatever hangs is left as it is. */
  readonly shutdownTimeoutMs: number;
}

export const roleSection = (environment: Environment): RoleConfig => ({
  ...processSection(environment),
  shutdownDelayMs: environment.read('SHUTDOWN_DELAY_MS', ROLE_VARIABLES.SHUTDOWN_DELAY_MS),
  shutdownTimeoutMs: environment.read('SHUTDOWN_TIMEOUT_MS', ROLE_VARIABLES.SHUTDOWN_TIMEOUT_MS),
});

/** How one database is reached. */
export interface DatabaseConfig {
  readonly url: string;
  /** A copy of it for lists; undefined for none. */
  readonly replicaUrl: string | undefined;
}

export interface DatabasesConfig {
  readonly byName: Readonly<Partial<Record<DatabaseName, DatabaseConfig>>>;
  /** PEM; undefined trusts the system's authorities. */
  readonly ca: string | undefined;
  readonly poolSize: number;
  readonly idleMs: number;
  readonly connectMs: number;
  /** Whether whoever owns a database migrates it at start, or waits until a job has. */
  readonly migrations: 'run' | 'wait';
}

/** @param names the databases that this process cannot do without */
export function databaseSection(environment: Environment, names: readonly DatabaseName[]): DatabasesConfig {
  const byName = Object.fromEntries(names.map((name) => [name, databaseOf(environment, name.toUpperCase())]));
  return {
    byName,
    ca: optional(environment, 'DATABASE_CA', ROLE_VARIABLES.CA),
    poolSize: environment.read('DATABASE_POOL_MAX', ROLE_VARIABLES.DATABASE_POOL_MAX),
    idleMs: environment.read('DATABASE_POOL_IDLE_SECONDS', ROLE_VARIABLES.DATABASE_POOL_IDLE_SECONDS) * 1_000,
    connectMs: environment.read('DATABASE_CONNECT_MS', ROLE_VARIABLES.DATABASE_CONNECT_MS),
    migrations: environment.read('MIGRATIONS', ROLE_VARIABLES.MIGRATIONS),
  };
}

const databaseOf = (environment: Environment, name: string): DatabaseConfig => ({
  url: environment.require(`${name}_DATABASE_URL`, ROLE_VARIABLES.DATABASE_URL),
  replicaUrl: optional(environment, `${name}_REPLICA_URL`, ROLE_VARIABLES.DATABASE_URL),
});

/** What services know each other by. */
export interface SecretsConfig {
  readonly secret: string;
  /** Believed as well, and never signed with, while the other is exchanged. */
  readonly previousSecret: string | undefined;
}

const secretsSection = (environment: Environment): SecretsConfig => ({
  secret: environment.require('RPC_SECRET', ROLE_VARIABLES.RPC_SECRET),
  previousSecret: optional(environment, 'RPC_SECRET_PREVIOUS', ROLE_VARIABLES.RPC_SECRET),
});

/** How brokers are reached. */
export interface BrokersConfig {
  readonly brokers: readonly string[];
  /** Undefined goes without TLS. */
  readonly tls: { readonly ca?: string } | undefined;
  readonly sasl:
    { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string } | undefined;
}

export function brokersSection(environment: Environment): BrokersConfig {
  const ca = optional(environment, 'KAFKA_CA', ROLE_VARIABLES.CA);
  const tls = environment.read('KAFKA_TLS', ROLE_VARIABLES.KAFKA_TLS) === 'on';
  if (ca !== undefined && !tls) environment.problem('KAFKA_CA needs KAFKA_TLS=on');
  return {
    brokers: environment.require('KAFKA_BROKERS', ROLE_VARIABLES.KAFKA_BROKERS),
    tls: tls ? { ...(ca !== undefined && { ca }) } : undefined,
    sasl: saslSection(environment),
  };
}

export interface KafkaConfig extends BrokersConfig {
  /** Of the topics that are made. */
  readonly partitions: number;
  /** Brokers that hold each partition of the topics that are made. */
  readonly replication: number;
  /** What this process is called in its consumer groups; undefined leaves that to the broker. */
  readonly instanceName: string | undefined;
  /** Sign what goes to topics. */
  readonly secrets: SecretsConfig;
}

/** @param consumes false in a process that is in no group */
export const kafkaSection = (environment: Environment, consumes = true): KafkaConfig => ({
  ...brokersSection(environment),
  partitions: environment.read('KAFKA_PARTITIONS', ROLE_VARIABLES.KAFKA_PARTITIONS),
  replication: environment.read('KAFKA_REPLICATION', ROLE_VARIABLES.KAFKA_REPLICATION),
  instanceName: consumes ? environment.read('INSTANCE_NAME', ROLE_VARIABLES.INSTANCE_NAME) : undefined,
  secrets: secretsSection(environment),
});

function saslSection(environment: Environment): KafkaConfig['sasl'] {
  const mechanism = environment.read('KAFKA_SASL_MECHANISM', ROLE_VARIABLES.KAFKA_SASL_MECHANISM);
  const username = environment.read('KAFKA_SASL_USERNAME', ROLE_VARIABLES.KAFKA_SASL_USERNAME);
  const password = environment.read('KAFKA_SASL_PASSWORD', ROLE_VARIABLES.KAFKA_SASL_PASSWORD);
  if (mechanism === undefined) {
    if (username !== undefined || password !== undefined)
      environment.problem('KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD need KAFKA_SASL_MECHANISM: without it nobody signs in');
    return undefined;
  }
  if (username === undefined) environment.problem('KAFKA_SASL_MECHANISM needs KAFKA_SASL_USERNAME');
  if (password === undefined) environment.problem('KAFKA_SASL_MECHANISM needs KAFKA_SASL_PASSWORD');
  return { mechanism, username: username ?? '', password: password ?? '' };
}

export interface ClickHouseConfig {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM. */
  readonly ca?: string;
}

export function clickhouseSection(environment: Environment): ClickHouseConfig {
  const username = environment.read('CLICKHOUSE_USER', ROLE_VARIABLES.CLICKHOUSE_USER);
  const password = environment.read('CLICKHOUSE_PASSWORD', ROLE_VARIABLES.CLICKHOUSE_PASSWORD);
  const ca = optional(environment, 'CLICKHOUSE_CA', ROLE_VARIABLES.CA);
  const url = environment.require('CLICKHOUSE_URL', ROLE_VARIABLES.CLICKHOUSE_URL);
  if (ca !== undefined && url?.startsWith('http:')) environment.problem('CLICKHOUSE_CA needs an https address in CLICKHOUSE_URL');
  return {
    url,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(ca !== undefined && { ca }),
  };
}

export interface RpcConfig extends SecretsConfig {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Addresses of the services that this process asks. */
  readonly addresses: Readonly<Partial<Record<Service, readonly string[]>>>;
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string } | undefined;
}

/** @param asks the services that this process cannot do without */
export function rpcSection(environment: Environment, asks: readonly Service[], host: string): RpcConfig {
  return {
    host: environment.read('RPC_HOST', ROLE_VARIABLES.RPC_HOST) ?? host,
    port: environment.require('RPC_PORT', ROLE_VARIABLES.RPC_PORT),
    ...secretsSection(environment),
    timeoutMs: environment.read('RPC_TIMEOUT_MS', ROLE_VARIABLES.RPC_TIMEOUT_MS),
    addresses: Object.fromEntries(asks.map((name) => [name, environment.require(`${name.toUpperCase()}_RPC`, ROLE_VARIABLES.RPC_ADDRESSES)])),
    tls: tlsSection(environment),
  };
}

function tlsSection(environment: Environment): RpcConfig['tls'] {
  const cert = optional(environment, 'RPC_TLS_CERT', ROLE_VARIABLES.RPC_TLS_CERT);
  const key = optional(environment, 'RPC_TLS_KEY', ROLE_VARIABLES.RPC_TLS_KEY);
  const ca = optional(environment, 'RPC_TLS_CA', ROLE_VARIABLES.CA);
  if (cert !== undefined && key !== undefined && ca !== undefined) return { cert, key, ca };
  if (cert !== undefined || key !== undefined || ca !== undefined) environment.problem('RPC_TLS_CERT, RPC_TLS_KEY and RPC_TLS_CA need each other');
  return undefined;
}

/** A value that need not be there, and is checked where it is. */
const optional = <Type extends Parameters<Environment['read']>[1]>(environment: Environment, name: string, wanted: Type): string | undefined =>
  environment.isSet(name) ? (environment.read(name, wanted) as string) : undefined;
