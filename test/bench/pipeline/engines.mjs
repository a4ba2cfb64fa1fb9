import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { clickhouseLauncher } from '../../../scripts/cluster/engines.mjs';
import { keepSecrets } from '../../../scripts/cluster/secrets.mjs';
import { startKafka } from '../../../scripts/engines/kafka.mjs';
import { freePorts } from '../../../scripts/engines/server-process.mjs';
import { built, openStores, scratch } from '../engines.mjs';
import { seedOrders } from '../orders.mjs';

export const PARTITIONS = 8;

/** Event stores with their sequencers, a broker, and a relay for ordering's events: nothing is relayed until it is started. */
export async function openPipeline({ follow }) {
  const shop = await openStores({ follow });
  const directory = scratch();
  const [port, controllerPort] = await freePorts(2);
  mkdirSync(directory.path, { recursive: true });
  const broker = await startKafka({ dir: join(directory.path, 'kafka'), port, controllerPort });
  follow(broker.pid);
  const brokers = [`127.0.0.1:${port}`];
  const kafka = await kafkaOf(brokers);
  const log = shop.stores.log('ordering');
  const relay = await relayOf(shop, kafka);
  return {
    ...shop,
    directory: directory.path,
    brokers,
    kafka,
    log,
    relay,
    /** So many events more, at their positions. */
    async grow(events, seed) {
      const written = await seedOrders(shop, events, seed);
      for (const head = (await log.head()) + 1; ; await pause(20)) {
        const [{ n }] = await shop.databases.get('ordering').query({ name: '', text: 'select count(*) as n from ordering.outbox' }, []);
        if (Number(n) === 0 && (await log.head()) + 1 >= head) return written;
      }
    },
    /** Waits until the relay has sent everything. */
    async relayed() {
      for (const head = await log.head(); (await relayedUpTo(shop)) < head;) await pause(10);
    },
    async close() {
      await relay.stop();
      await broker.stop();
      await shop.close();
      directory.remove();
    },
  };
}

export async function relayedUpTo({ databases }) {
  const [row] = await databases.get('ordering').query({ name: '', text: 'select position from ordering.relay' }, []);
  return Number(row?.position ?? 0);
}

/** The process' one connection to a broker, which keeps what it says to itself. */
export async function kafkaOf(brokers) {
  const { kafkaClient } = await built('libs/adapters/event-bus/src/kafka/kafka-client.js');
  return kafkaClient({ brokers, clientId: 'nebulocart-bench' });
}

async function relayOf({ stores, databases }, kafka) {
  const { Relay } = await built('libs/adapters/event-bus/src/kafka/relay.js');
  const topics = { partitions: PARTITIONS, replication: 1 };
  const keys = await topicKeys();
  return new Relay({ kafka, log: stores.log('ordering'), database: databases.get('ordering'), owner: randomUUID(), topics, keys });
}

/** Sign what is on the topics. */
export async function topicKeys() {
  const { TopicKeys } = await built('libs/adapters/event-bus/src/kafka/topic-keys.js');
  return new TopicKeys({ secret: 'what the processes of a measurement share' });
}

/** ClickHouse over the network, as every role of a cluster has it. */
export async function openClickHouse(directory, follow) {
  const dataDir = join(directory, 'clickhouse-server');
  mkdirSync(dataDir, { recursive: true });
  const secrets = keepSecrets(join(dataDir, 'secrets'));
  secrets.make();
  const [port] = await freePorts(1);
  const server = await clickhouseLauncher({ dataDir, port, secrets, log: join(dataDir, 'log') })();
  follow(server.pid);
  const location = { url: `http://127.0.0.1:${port}`, username: 'nebulocart', password: secrets.read('clickhouse-password') };
  return { server, location };
}

/** A projector of ordering's topic, in this process. */
export async function openProjector({ stores, databases, kafka, location, roles }) {
  const [{ ReadSide }, { KafkaEventBus }, { readModels }] = await Promise.all([
    built('libs/adapters/read-store/src/read-side.js'),
    built('libs/adapters/event-bus/src/kafka/kafka-event-bus.js'),
    built('libs/composition/src/read-models.js'),
  ]);
  const bus = roles.includes('lands') ? new KafkaEventBus({ kafka, keys: await topicKeys(), stores, databases, partitions: PARTITIONS }) : null;
  return new ReadSide(onlyOrdering(stores), bus, databases, { clickhouse: location, ...readModels, roles, soleOwner: false });
}

/** The other contexts are empty here, and their topics are not there. */
function onlyOrdering(stores) {
  return { log: (context) => stores.log(context), store: (context) => stores.store(context), contexts: () => ['ordering'] };
}
