import { Logger } from '@nestjs/common';
import { Kafka, logLevel, type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';
import './linear-headers.js';
import './quiet-request-queue.js';
import { NamedKafka } from './static-membership.js';

export interface KafkaConnection {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  /** How this process is called in the brokers' logs and quotas. */
  readonly clientId: string;
  /** Under which it is a static member of its groups, unique in each of them; without it members are the broker's to name, anew at each start. */
  readonly instanceName?: string;
  /** TLS to the brokers; `ca` in PEM where it is not one that the system trusts. */
  readonly tls?: { readonly ca?: string };
  readonly sasl?: SASLOptions;
}

/** kafkajs warns at every start of a partitioner that it once had; this house names partitions itself. */
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] ??= '1';

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** What takes longer is begun anew by who asked. */
const RETRY = { retries: 4, initialRetryTime: 100, maxRetryTime: 2_000 };

/** One for each process: producers, consumers and admins are made from it. */
export function kafkaClient({ brokers, clientId, instanceName, tls, sasl }: KafkaConnection): Kafka {
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: logLevel.WARN,
    logCreator: () => told,
    ...(tls && { ssl: tls.ca === undefined ? true : { ca: [tls.ca] } }),
    ...(sasl && { sasl }),
  };
  return instanceName === undefined ? new Kafka(config) : new NamedKafka(config, instanceName);
}

const logger = new Logger('Kafka');

/** These tell of every try to reach a broker; who wanted to reach it tells once of them all. */
const CHATTY = new Set(['Connection', 'BrokerPool']);

/** What kafkajs calls an error it tries again, or hands to its caller, who says what it means: none is one of this process. */
function told({ namespace, level, log: { message, groupId, topic, error, broker } }: LogEntry): void {
  const detail = Object.entries({ broker, groupId, topic, error: error instanceof Error ? error.message : error })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${String(value)}`);
  const line = [`${namespace}: ${message}`, ...detail].join(', ');
  if (!CHATTY.has(namespace) && (level === logLevel.ERROR || level === logLevel.WARN)) logger.warn(line);
  else logger.debug(line);
}
