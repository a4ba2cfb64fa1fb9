import kafkajs from 'kafkajs';

/** Writes to topics as a stranger does: with a connection of its own, for the time of `work`. */
export async function producing(world, work) {
  const producer = world.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await work(producer);
  } finally {
    await producer.disconnect();
  }
}
