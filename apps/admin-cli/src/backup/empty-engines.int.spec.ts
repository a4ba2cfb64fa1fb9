import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaClient } from '@adapters/event-bus/src/kafka/kafka-client.js';
import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { MIGRATIONS } from '@composition/databases.js';
import { TestKafka } from '@testing/kafka.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import { mustHoldNoFigures } from './empty-engines.js';
import { variablesOf } from './system.js';

/** The folder of a cluster of which the engines alone run, as a restore finds it. */
describe('the engines of a cluster', () => {
  let dataDir: string;
  let database: TestDatabase;
  let kafka: TestKafka;
  let clickhouse: Server;
  /** What ClickHouse answers when it is asked for tables. */
  let tables = '';
  beforeAll(async () => {
    [database, kafka] = await Promise.all([testDatabase(), TestKafka.start()]);
    clickhouse = createServer((_, response) => response.end(tables)).listen(0, '127.0.0.1');
    await once(clickhouse, 'listening');
    dataDir = mkdtempSync(join(tmpdir(), 'nebulocart-engines-'));
    mkdirSync(join(dataDir, 'secrets'));
    const secrets = {
      ...Object.fromEntries(['identity', 'catalog', 'ordering', 'analytics'].map((name) => [`${name}_database_url`, database.url])),
      'master-key': Buffer.alloc(32, 1).toString('base64'),
      'clickhouse-password': 'secret',
    };
    for (const [name, text] of Object.entries(secrets)) writeFileSync(join(dataDir, 'secrets', name), text);
    const ports = { kafka: Number(kafka.brokers[0]!.split(':')[1]), clickhouse: (clickhouse.address() as AddressInfo).port };
    writeFileSync(join(dataDir, 'ports.json'), JSON.stringify(ports));
  });
  afterAll(async () => {
    clickhouse.close();
    rmSync(dataDir, { recursive: true });
    await Promise.all([database.drop(), kafka.drop()]);
  });

  const look = () => mustHoldNoFigures(variablesOf({ dataDir }, {}).variables);

  it('may be filled where nothing is in them, and whoever looks needs no secret of the services', async () => {
    await expect(look()).resolves.toBeUndefined();
  });

  it('are refused with figures in ClickHouse', async () => {
    tables = '{"name":"events"}\n';
    await expect(look()).rejects.toThrow('ClickHouse has the table events');
    tables = '';
  });

  it('are refused with messages of another past', async () => {
    const client = kafkaClient({ brokers: kafka.brokers, clientId: 'spec' });
    const [admin, producer] = [client.admin(), client.producer()];
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'ordering.commands', numPartitions: 2 }] });
    await expect(look()).resolves.toBeUndefined();
    await producer.send({ topic: 'ordering.commands', messages: [{ value: '{}' }] });
    await expect(look()).rejects.toThrow('the topic ordering.commands has messages');
    await admin.deleteTopics({ topics: ['ordering.commands'] });
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });

  it('are refused with a book of what has landed', async () => {
    const books = await ContextDatabase.connect({ context: 'analytics', url: database.url, migrations: MIGRATIONS.analytics, poolSize: 2 });
    await books.migrate();
    await expect(look()).resolves.toBeUndefined();
    await books.query({ name: 'spec.landing', text: `insert into analytics.landing (context) values ('ordering')` }, []);
    await expect(look()).rejects.toThrow('analytics.landing has rows');
    await books.close();
  });
});
