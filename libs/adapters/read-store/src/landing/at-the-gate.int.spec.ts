import { partitionOf } from '@adapters/event-bus/src/partition.js';
import { eventually } from '@testing/eventually.js';
import { DyingIntents } from '@testing/landing-faults.js';
import { MemberBus } from '@testing/member-bus.js';
import { testReadSide } from '@testing/read-side.js';
import { stockReceived } from '@testing/sample-events.js';
import { Intents } from './intents.js';
import { Landing, LANDING_DEFAULTS } from './landing.js';

const PARTITIONS = 2;
/** A SKU of each partition. */
const SKUS = Array.from({ length: PARTITIONS }, (_, partition) => {
  for (let number = 0; ; number++) if (partitionOf(`stock-S${number}`, PARTITIONS) === partition) return `S${number}`;
});

it('finishes what another left open while its own block waits at the gate, whose holder waits for just that', async () => {
  const test = await testReadSide({ readModels: [], controls: [] });
  const landings: Landing[] = [];
  try {
    await test.restart({ roles: ['answers'], soleOwner: false });
    const analytics = test.databases.get('analytics');
    const member = async (owner: string, partition: number, intents: Intents): Promise<MemberBus> => {
      const bus = new MemberBus(test.stores, PARTITIONS);
      const parts = { session: test.side.clickhouse.landing, intents, bus, log: test.stores.log('catalog'), owner };
      const landing = new Landing('catalog', parts, { ...LANDING_DEFAULTS, lingerMs: 0 });
      landings.push(landing);
      await landing.start();
      await bus.assign(partition);
      return bus;
    };
    const intents = new Intents(analytics);
    const dying = new DyingIntents(analytics);
    const one = await member('one', 0, dying);
    await member('two', 1, intents);
    const receive = (partition: number) => test.append('catalog', stockReceived(SKUS[partition]!, 1));

    dying.isDead = true;
    await receive(0);
    await eventually(async () => expect(await intents.openIntents()).toHaveLength(1));
    one.freeze();
    const closed = test.side.gate.whileClosed(() => intents.openIntents());
    const held = { name: '', text: 'SELECT FROM analytics.gate WHERE holder IS NOT NULL' };
    await eventually(async () => expect(await analytics.query(held, [])).toHaveLength(1));
    await receive(1);
    expect(await closed).toEqual([]);
    await eventually(async () => expect((await intents.progress('catalog')).partitions.get(1)).toMatchObject({ landed: 2 }));
  } finally {
    await Promise.all(landings.map((landing) => landing.stop()));
    await test.drop();
  }
});
