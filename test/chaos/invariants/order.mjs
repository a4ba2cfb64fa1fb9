import { topicContents } from './topic.mjs';

const CONTEXTS = ['identity', 'catalog', 'ordering'];

export const order = {
  name: 'I6 versions and positions are dense, and keys keep their order in Kafka',
  async check(world) {
    const problems = [];
    for (const context of CONTEXTS) problems.push(...(await ofTables(world, context)), ...(await ofTopic(world, context)));
    return problems;
  },
};

async function ofTables(world, context) {
  const streams = await world.rows(
    context,
    `select s.id, s.version::int as version, count(e.*)::int as n, min(e.stream_version) as least, max(e.stream_version) as most
     from ${context}.stream s full join ${context}.event e on e.stream_id = s.id group by s.id, s.version
     having s.id is null or count(e.*) <> s.version or min(e.stream_version) <> 1 or max(e.stream_version) <> s.version`,
  );
  const [log] = await world.rows(
    context,
    `select count(*)::int as n, coalesce(min(l.position), 1)::int as least, coalesce(max(l.position), 0)::int as most, (select count(*)::int from ${context}.event) as events,
       (select position::int from ${context}.sequencer) as counter from ${context}.event_log l`,
  );
  const inverted = await world.rows(
    context,
    `select stream_id from (select e.stream_id, l.position < lag(l.position) over (partition by e.stream_id order by e.stream_version) as wrong
       from ${context}.event e join ${context}.event_log l on l.event_id = e.id) o where wrong`,
  );
  const isDense = log.n === log.most && log.least === 1 && log.n === log.events && log.counter === log.most;
  return [
    ...streams.map((stream) => `${context} ${stream.id}: ${stream.n} events from ${stream.least} to ${stream.most} at version ${stream.version}`),
    ...(isDense ? [] : [`${context}: ${log.events} events, ${log.n} positions from ${log.least} to ${log.most}, counted up to ${log.counter}`]),
    ...inverted.map(({ stream_id }) => `${context} ${stream_id}: positions are in another order than versions`),
  ];
}

/** What a consumer sees that drops what it has seen: in each partition every event of the log that belongs there, one after the other. */
async function ofTopic(world, context) {
  const { partitions, messages } = await topicContents(world, `${context}.events`);
  const last = Array.from({ length: partitions }, () => 0);
  const version = new Map();
  let seen = 0;
  const problems = [];
  for (const { partition, offset, key, headers } of messages) {
    if (headers['ce_position'] === undefined || headers['examiner'] !== undefined) continue;
    const [position, previous, of] = ['ce_position', 'ce_previous', 'ce_streamversion'].map((name) => Number(headers[name]));
    if (position <= last[partition]) continue;
    if (previous !== last[partition])
      problems.push(`${context} partition ${partition} offset ${offset}: position ${position} follows ${last[partition]}, not ${previous}`);
    if (of !== (version.get(key) ?? 0) + 1) problems.push(`${context} ${key}: version ${of} follows ${version.get(key) ?? 0}`);
    last[partition] = position;
    version.set(key, of);
    seen += 1;
  }
  const [{ n }] = await world.rows(context, `select count(*)::int as n from ${context}.event_log`);
  return seen === n ? problems.slice(0, 5) : [...problems.slice(0, 5), `${context}: ${seen} of ${n} events are in Kafka`];
}
