// Who has a port, so that an error can name whom to stop.
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

const LISTENS = '0A';
/** A command line may be long, and its end is where secrets are. */
const SHOWN = 60;

/** In words: `java -Xmx512m … (process 1603)`; `another program` where the system does not tell. */
export function holderOf(port) {
  const socket = socketOf(port);
  for (const pid of socket === undefined ? [] : list('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const holds = list(`/proc/${pid}/fd`).some((fd) => link(`/proc/${pid}/fd/${fd}`) === `socket:[${socket}]`);
    if (holds) return `${commandOf(pid)} (process ${pid})`;
  }
  return 'another program';
}

/** Why a port cannot be listened on, to follow its number; undefined where it can. */
export async function portProblem(port, host) {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
    return undefined;
  } catch (error) {
    if (error.code === 'EADDRINUSE') return `is taken by ${holderOf(port)}`;
    if (error.code === 'EACCES') return 'is not for this user: those below 1024 are the system’s';
    return `cannot be listened on (${error.code})`;
  } finally {
    probe.close();
  }
}

/** The inode of the socket that listens on a port, of either family. */
function socketOf(port) {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => read(file).trim().split('\n').slice(1));
  return rows.map((row) => row.trim().split(/\s+/)).find(([, local, , state]) => state === LISTENS && local.endsWith(wanted))?.[9];
}

function commandOf(pid) {
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return command.length > SHOWN ? `${command.slice(0, SHOWN)}…` : command || 'a program';
}

const list = (folder) => orElse([], () => readdirSync(folder));
const link = (path) => orElse('', () => readlinkSync(path));
const read = (file) => orElse('', () => readFileSync(file, 'utf8'));

/** Processes come and go, and not all of them may be looked into. */
function orElse(other, look) {
  try {
    return look();
  } catch {
    return other;
  }
}
