import { setTimeout as sleep } from 'node:timers/promises';
import { untilNothingIsMissing } from '../wait.mjs';
import { onceMended } from './mended.mjs';

const LANDING_MS = 15_000;

export const generations = {
  name: 'I7 the next generation of every read model equals the live one',
  async check(world) {
    const { body } = await world.shop.admin.get('/admin/read-models');
    const names = body.items.filter(({ state }) => state === 'active').map(({ readModel }) => readModel);
    const problems = names.length === 0 ? ['there are no read models'] : [];
    for (const name of names) problems.push(...(await nextOf(world, name)));
    return problems;
  },
};

/** Longer than the lease of one that a fault cut short, ms. */
const BUSY_MS = 20_000;

async function rebuilt(world, name) {
  for (const until = Date.now() + BUSY_MS; ; await sleep(500)) {
    const answer = await onceMended(() => world.shop.admin.post(`/admin/read-models/${name}/rebuild`, {}, 120_000));
    // One that was just given up has no generation to be compared with: this one is the first, and the next is.
    const isFirst = answer.status === 200 && answer.body.from === 0;
    if ((answer.code !== 'read-model.busy' && !isFirst) || Date.now() > until) return answer;
  }
}

async function nextOf(world, name) {
  const answer = await rebuilt(world, name);
  if (answer.status !== 200) return [`${name}: its rebuild was answered ${answer.status} ${answer.code ?? ''}`];
  const { from, to, certified } = answer.body;
  const differing = async () => {
    const rows = await differences(world, `${name}__g${from}`, `${name}__g${to}`);
    return rows.map((row) => `${name}: generation ${to} less ${from} is ${JSON.stringify(row)}`);
  };
  return [...(certified ? [] : [`${name}: generation ${to} is not certified`]), ...(await untilNothingIsMissing(differing, LANDING_MS))];
}

/** Keys whose sums are not the same in two tables, straight from ClickHouse. */
async function differences(world, before, after) {
  const columns = await world.clickhouse(
    `SELECT database, name, is_in_sorting_key AS isKey FROM system.columns WHERE table = '${after}' ORDER BY position`,
  );
  const keys = columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  const sums = columns.filter(({ isKey }) => !isKey).map(({ name }) => name);
  const { database } = columns[0];
  const side = (table, sign) => `SELECT ${[...keys, ...sums.map((name) => `${sign}${name} AS ${name}`)].join(', ')} FROM ${database}.${table}`;
  return world.clickhouse(
    `SELECT ${keys.join(', ')}, ${sums.map((name) => `sum(s.${name}) AS d_${name}`).join(', ')} FROM (${side(before, '-')} UNION ALL ${side(after, '')}) AS s
     GROUP BY ${keys.join(', ')} HAVING ${sums.map((name) => `d_${name} != 0`).join(' OR ')} LIMIT 5`,
  );
}
