// One message in a hundred is none: unreadable, forged, or of somebody else.
import { randomBytes } from 'node:crypto';
import { topicContents } from '../invariants/topic.mjs';
import { producing } from '../links/producing.mjs';

const TOPICS = ['catalog.events', 'ordering.events', 'catalog.commands', 'ordering.commands'];
const SHARE = 0.01;
const LEAST = 2;
/** By which the examiner knows again what it made up. */
const MARK = { examiner: 'poison' };
/** Whether a message was made up here. */
export const isMadeUp = ({ headers }) => headers?.examiner !== undefined;

const KINDS = {
  noise: () => ({ key: randomBytes(8), value: randomBytes(200), headers: {} }),
  empty: () => ({ key: null, value: null, headers: {} }),
  forged: ({ raw }) => ({ key: raw.key, value: '{"total":"0.00"}', headers: raw.headers }),
  moved: ({ raw }) => ({ key: 'order-of-nobody', value: raw.value, headers: raw.headers }),
  future: ({ raw }) => ({
    key: raw.key,
    value: raw.value,
    headers: { ...raw.headers, ce_position: '999999999', ce_previous: '999999998', ce_id: 'x' },
  }),
};

export const poison = {
  name: 'poison in the topics',
  needs: ['kafka', 'delivery'],
  recovery: 'none',
  commandsGoOn: true,
  async begin(world, random) {
    await producing(world, async (producer) => {
      for (const topic of TOPICS) {
        const { partitions, messages } = await topicContents(world, topic);
        if (messages.length === 0) continue;
        for (let left = Math.max(LEAST, Math.ceil(messages.length * SHARE)); left > 0; left -= 1) {
          const [kind, of] = [random.pick(Object.keys(KINDS)), random.pick(messages)];
          const message = KINDS[kind](of);
          const partition = random.whole(0, partitions - 1);
          const [{ baseOffset }] = await producer.send({ topic, messages: [{ ...message, partition, headers: { ...message.headers, ...MARK } }] });
          world.poison.push({ topic, partition, offset: Number(baseOffset), kind });
        }
      }
    });
  },
};
