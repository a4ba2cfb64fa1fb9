// Ports of a cluster's processes. They stay from one start to the next: Kafka keeps its quorum's address in its log.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { holderOf } from '../engines/port-holder.mjs';
import { accepts, freePorts } from '../engines/server-process.mjs';

/** Kept by a running quorum; another port would make another cluster of it. */
const FIXED = ['kafka', 'kafka-controller'];

/** A port by each name: those of the last start, and free ones for what is new or was taken by somebody else since. */
export async function keepPorts(dataDir, names) {
  const file = join(dataDir, 'ports.json');
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const missing = [];
  for (const name of names) {
    if (kept[name] === undefined) missing.push(name);
    else if (name !== 'postgres' && (await accepts(kept[name]))) {
      if (FIXED.includes(name))
        throw new Error(
          `Port ${kept[name]}, which ${name} has in ${dataDir}, is taken by ${holderOf(kept[name])}: stop that, or choose another --data`,
        );
      missing.push(name);
    }
  }
  const fresh = await freePorts(missing.length);
  missing.forEach((name, index) => (kept[name] = fresh[index]));
  writeFileSync(file, JSON.stringify(kept, null, 2), { mode: 0o600 });
  return kept;
}
