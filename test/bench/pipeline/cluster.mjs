import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from '../../../scripts/cluster/cluster.mjs';
import { freePorts } from '../../../scripts/engines/server-process.mjs';
import { scratch } from '../engines.mjs';
import { treeSeconds } from '../machine.mjs';
import { Client } from '../server.mjs';
import { figure } from '../table.mjs';
import { polledWaits, tokenWaits, visibleOf } from '../visible.mjs';

const IDLE_SECONDS = 30;
/** A role that has just started still compiles and connects. */
const CALM_MS = 20_000;
/** Eleven processes and a broker compile for as long as their code is new to them, and run slowly what they have not compiled. */
const WARM_UP_SECONDS = 60;
const WARM_UP_RATE = 50;
/** Orders a second, one after the other. */
const RATES = [20, 50, 100, 150, 200];
/** Share of a rate that must have been answered for the next to be tried. */
const HELD = 0.95;

/** What every process of an idle cluster takes, and then how long after its 201 an order shows in the sales query, through the gateway, Kafka and ClickHouse. */
export async function cluster({ quick, follow, say }) {
  const directory = scratch();
  const [port] = await freePorts(1);
  const environment = { RATE_LIMIT: 'off', LOG_LEVEL: 'warn' };
  const running = await Cluster.start({ dataDir: directory.path, port, environment, rate: 100_000, burst: 100_000 });
  try {
    for (const { pid } of running.members) follow(pid);
    const account = { email: 'admin@nebulocart.example', password: readFileSync(running.secretFile('admin-password'), 'utf8').trim() };
    await pause(CALM_MS);
    const idle = await idleFigures(running);
    say('idle processes measured');
    const shop = await visibleOf(new Client(running.url, account), WARM_UP_RATE, quick ? 10 : WARM_UP_SECONDS);
    return [...idle, ...(await loadedFigures(running, shop, { quick, say }))];
  } finally {
    await running.stop();
    directory.remove();
  }
}

/**
 * The waits at rising rates, up to the first that this machine does not hold, and what an order takes of each service: whoever is woken finds a little to do
 * at a low rate, and much at once at a high one. Reads with a token, which hurry landing, at the lowest.
 */
async function loadedFigures(running, shop, { quick, say }) {
  const seconds = quick ? 5 : 10;
  const figures = [];
  let first = 0;
  for (const orders of RATES) {
    const before = cpuByService(running);
    say(`${orders} orders/s`);
    const where = ` through Kafka at ${orders}/s`;
    const waits = await polledWaits({ ...shop, seconds, say, first, orders }, where);
    first += 5 * seconds;
    figures.push(...waits, ...orderCosts(before, cpuByService(running), waits[0].value * seconds, where));
    if (orders === RATES[0]) figures.push(...(await tokenWaits({ ...shop, seconds, say, orders }, where)));
    if (waits.some(({ unit, value }) => unit === '/s' && value < orders * HELD)) break;
  }
  return figures;
}

/** CPU seconds so far, by service. */
function cpuByService({ members }) {
  const sums = new Map();
  for (const { facts, pid } of members) sums.set(facts.service, (sums.get(facts.service) ?? 0) + treeSeconds(pid));
  return sums;
}

const orderCosts = (before, after, orders, where) =>
  [...after].map(([service, seconds]) => figure(`${service}, CPU an order${where}`, (1_000 * (seconds - before.get(service))) / orders, 'ms'));

/** Of one process of each service, and of the engines. */
async function idleFigures({ members }) {
  const ones = [...new Map(members.map((member) => [member.facts.service, member])).values()];
  const before = ones.map(({ pid }) => treeSeconds(pid));
  await pause(IDLE_SECONDS * 1_000);
  return ones.flatMap(({ facts, pid }, index) => {
    const percent = (100 * (treeSeconds(pid) - before[index])) / IDLE_SECONDS;
    const isRole = facts.kind === 'role';
    return [
      figure(`${facts.service}, idle`, percent, '% core', isRole ? { most: 3 } : undefined),
      figure(`${facts.service}, resident`, residentMb(pid), 'MB'),
    ];
  });
}

const residentMb = (pid) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
