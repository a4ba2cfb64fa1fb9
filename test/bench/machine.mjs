import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** What the figures were taken on. */
export const machine = () => ({
  cores: cpus().length,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()}`,
  node: process.version,
});

/** Clock ticks a second, as Linux tells CPU times. */
const TICKS = 100;

/** CPU seconds of a process and of its children that ended; null for one that is not there. */
function cpuSeconds(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { parent: fields[1], seconds: (fields[11] + fields[12] + fields[13] + fields[14]) / TICKS };
  } catch {
    return null;
  }
}

/** CPU seconds of a process with all of its descendants; 0 where the system does not tell. */
export function treeSeconds(root) {
  let names = [];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return 0;
  }
  const all = new Map(names.map((pid) => [Number(pid), cpuSeconds(pid)]));
  const sum = (pid) => {
    const process = all.get(pid);
    if (!process) return 0;
    const children = [...all.keys()].filter((other) => all.get(other)?.parent === pid);
    return children.reduce((total, child) => total + sum(child), process.seconds);
  };
  return sum(root);
}

/** Seconds that all cores together have worked since the machine came up; null where the system does not tell. */
function busySeconds() {
  try {
    const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
    return (user + nice + system + irq + softirq + steal) / TICKS;
  } catch {
    return null;
  }
}

/** How much of the machine others took while something was measured: figures taken next to other work say little. */
export function occupancy() {
  const before = { at: performance.now(), load: loadavg()[0], busy: busySeconds(), own: treeSeconds(process.pid) };
  const daemons = new Map();
  const look = () => daemons.forEach((most, pid) => daemons.set(pid, Math.max(most, treeSeconds(pid))));
  const timer = setInterval(look, 1_000);
  timer.unref();
  return {
    /** Counts a process as this measurement's own that is no descendant of this one, such as a postmaster. */
    follow: (pid) => daemons.set(pid, 0),
    stop() {
      clearInterval(timer);
      const seconds = (performance.now() - before.at) / 1000;
      if (before.busy === null) return { seconds: Math.round(seconds) };
      const own = treeSeconds(process.pid) - before.own + [...daemons.values()].reduce((sum, value) => sum + value, 0);
      const foreign = Math.max(0, busySeconds() - before.busy - own);
      return {
        seconds: Math.round(seconds),
        loadBefore: Math.round(before.load * 10) / 10,
        othersShare: Math.round((100 * foreign) / (seconds * cpus().length)) / 100,
      };
    },
  };
}
