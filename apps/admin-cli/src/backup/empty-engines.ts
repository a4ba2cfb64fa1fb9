import { ClickHouse } from '@adapters/read-store/src/clickhouse.js';
import { connectionOf } from '@adapters/event-store/src/connection.js';
import { DatabaseTarget } from '@adapters/event-store/src/backup/database-target.js';
import { Environment } from '@adapters/runtime/src/config/environment.js';
import { brokersSection, clickhouseSection, databaseSection } from '@composition/config/role-sections.js';
import { ANALYTICS, CONTEXTS } from '@composition/contexts.js';
import { kafkaOf } from '@composition/kafka.js';
import { Failure } from '../client/failure.js';

/**
 * What follows the event stores must begin with them: topics and figures of another past would be taken for what was published and landed.
 * @throws Failure where something is there; StartupError where the environment does not say where to look
 */
export async function mustHoldNoFigures(variables: NodeJS.ProcessEnv): Promise<void> {
  // Where they are, and no more: whoever restores signs nothing, and needs no secret of the services.
  const environment = new Environment(variables);
  const { byName, ca } = databaseSection(environment, [ANALYTICS]);
  const [brokers, figures] = [brokersSection(environment), clickhouseSection(environment)];
  environment.check();
  const books = await DatabaseTarget.connect(connectionOf(byName[ANALYTICS]!.url, ca));
  try {
    const table = await books.occupied(ANALYTICS);
    if (table !== undefined) throw notEmpty(`${ANALYTICS}.${table} has rows`, `drop the schema ${ANALYTICS}`);
  } finally {
    await books.close();
  }
  await mustHaveNoTables(new ClickHouse(figures));
  await mustHaveNoMessages(kafkaOf(brokers, 'restore').admin());
}

async function mustHaveNoTables(clickhouse: ClickHouse): Promise<void> {
  try {
    const [found] = await clickhouse.reading.rows<{ name: string }>(`SELECT name FROM system.tables WHERE database = 'nebulocart' LIMIT 1`);
    if (found) throw notEmpty(`ClickHouse has the table ${found.name}`, 'drop the database nebulocart there');
  } finally {
    await clickhouse.close();
  }
}

async function mustHaveNoMessages(admin: ReturnType<ReturnType<typeof kafkaOf>['admin']>): Promise<void> {
  await admin.connect();
  try {
    const ours = new Set(CONTEXTS.flatMap((context) => [`${context}.events`, `${context}.commands`]));
    for (const topic of (await admin.listTopics()).filter((name) => ours.has(name))) {
      const ends = await admin.fetchTopicOffsets(topic);
      if (ends.some(({ high }) => Number(high) > 0)) throw notEmpty(`the topic ${topic} has messages`, 'delete the topics of this shop');
    }
  } finally {
    await admin.disconnect();
  }
}

const notEmpty = (what: string, remedy: string): Failure =>
  new Failure(`This system is not empty (${what}), and a restore writes over nothing: ${remedy}, while no service runs. Nothing was restored.`);
