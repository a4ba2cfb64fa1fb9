// One projector in a process of its own, until it is told to end: node projector-process.mjs '{"databaseUrl":…,"brokers":…,"location":…}'
import { connectStores } from '../engines.mjs';
import { kafkaOf, openProjector } from './engines.mjs';

const { databaseUrl, brokers, location } = JSON.parse(process.argv[2]);
const shop = await connectStores(databaseUrl);
const side = await openProjector({ ...shop, kafka: await kafkaOf(brokers), location, roles: ['lands'] });
await side.start();
process.send('started');
process.on('message', async () => {
  await side.stop();
  await shop.close();
  process.exit(0);
});
