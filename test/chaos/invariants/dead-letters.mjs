export const deadLetters = {
  name: 'what was planted is among the dead letters, and nothing else',
  async check(world) {
    const problems = [];
    for (const context of ['identity', 'catalog', 'ordering']) {
      const rows = await world.rows(context, `select topic, partition, "offset"::int as at, reason, headers from ${context}.dead_letter`);
      const planted = new Map(
        world.poison.filter(({ topic }) => topic.startsWith(`${context}.`)).map((one) => [`${one.topic}/${one.partition}/${one.offset}`, one]),
      );
      for (const { topic, partition, at, reason } of rows) {
        if (!planted.delete(`${topic}/${partition}/${at}`)) problems.push(`${topic}/${partition}/${at} is a dead letter: ${reason}`);
      }
      problems.push(...[...planted].map(([place, { kind }]) => `${place} (${kind}) is not among the dead letters`));
    }
    return problems;
  },
};
