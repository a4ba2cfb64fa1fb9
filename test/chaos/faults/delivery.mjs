// What a topic brings again: messages that were seen before, in any order, and whole topics from their beginning.
import { topicContents } from '../invariants/topic.mjs';
import { producing } from '../links/producing.mjs';
import { isMadeUp } from './poison.mjs';

const TOPICS = ['identity.events', 'catalog.events', 'ordering.events', 'catalog.commands', 'ordering.commands'];
const MOST = 400;

/** The last that came to a topic, whatever their partitions. */
export const newest = (messages, most) => messages.toSorted((a, b) => Number(a.raw.timestamp) - Number(b.raw.timestamp)).slice(-most);

/** Messages of every topic once more, byte for byte and in their partitions, but one in front of the other. */
const replay = {
  name: 'messages again, in another order',
  needs: ['kafka', 'delivery'],
  recovery: 'none',
  commandsGoOn: true,
  async begin(world, random) {
    await producing(world, async (producer) => {
      for (const topic of TOPICS) {
        const { messages } = await topicContents(world, topic);
        // Poison that came again would be poison that nobody has planted.
        const again = random.shuffled(
          newest(
            messages.filter(({ raw }) => !isMadeUp(raw)),
            MOST,
          ),
        );
        const sent = again.map(({ partition, raw: { key, value, headers } }) => ({ partition, key, value, headers }));
        if (sent.length > 0) await producer.send({ topic, messages: sent });
      }
    });
  },
};

/** Whose groups read what; all of a group's members are down while its offsets are set. */
const reset = (service, isIts) => ({
  name: `${service} reads from the beginning`,
  needs: ['kafka', 'delivery', service],
  recovery: 'none',
  commandsGoOn: service !== 'catalog',
  async begin(world) {
    const members = world.membersOf(service);
    await Promise.all(members.map((member) => member.stop()));
    const admin = world.kafka.admin();
    await admin.connect();
    try {
      const { groups } = await admin.listGroups();
      for (const { groupId } of groups.filter((group) => isIts(group.groupId))) {
        const read = await admin.fetchOffsets({ groupId });
        for (const { topic } of read) await admin.resetOffsets({ groupId, topic, earliest: true });
      }
    } finally {
      await admin.disconnect();
      await Promise.all(members.map(({ name }) => world.bringUp(name)));
    }
  },
});

export const deliveries = [
  replay,
  reset('projector', (group) => group.startsWith('landing.')),
  reset('saga-runner', (group) => group.startsWith('sagas.')),
  reset('catalog', (group) => group === 'catalog.commands'),
];
