// Ends a cluster's processes when whoever started them was killed: the kernel closes the guardian's standard input however that ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Each file of the folder holds a process' id and when it started, lest it end whoever has got the id since; a link leads to Postgres' own
 * file, whose process must be of that folder. Roles first, then what they stand on. Postgres ends its connections on INT, and waits for them on TERM.
 */
const SCRIPT = `
cat > /dev/null
born() { read -r line < "/proc/$1/stat" && set -- \${line##*) } && echo "\${20}"; }
process_of() {
  read -r pid birth _ < "$1" || return
  if [ -L "$1" ]; then ! [ -e "/proc/$pid" ] || grep -aqF "$(dirname "$(readlink "$1")")" "/proc/$pid/cmdline" || return
  elif [ -n "$birth" ] && [ "$birth" != "$(born "$pid")" ]; then return
  fi
  echo "$pid"
}
end() {
  pids=
  for held in "$1"/$2*; do [ -e "$held" ] && pids="$pids $(process_of "$held")"; done
  for pid in $pids; do kill -"$3" "$pid"; done
  for _ in $(seq "$4"); do
    alive=
    for pid in $pids; do kill -0 "$pid" && alive=1; done
    [ -n "$alive" ] || return
    sleep 0.1
  done
  [ "$3" = INT ] || for pid in $pids; do kill -KILL -- "-$pid"; done
}
end "$1" role. TERM 100
end "$1" engine. TERM 100
end "$1" postgres. INT 300
rm -rf "$1"
`;

/** When a process started, in ticks since the machine did; empty where the system does not tell. */
function birthOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return '';
  }
}

export class Guardian {
  #folder;
  #shell;

  /** @param {string} parent a folder for the folders of its guardians, one a start: an earlier one may still be at work in its own */
  constructor(parent) {
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    this.#folder = mkdtempSync(join(parent, 'start-'));
    this.#shell = spawn('sh', ['-c', SCRIPT, 'guardian', this.#folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#shell.unref();
    this.#shell.stdin.unref?.();
  }

  /** @param {'role' | 'engine' | 'postgres'} kind */
  watch(kind, name, pid) {
    writeFileSync(join(this.#folder, `${kind}.${name}`), `${pid} ${birthOf(pid)}\n`);
  }

  /** A launch whose process is watched from its first moment to its last. */
  guarded(kind, name, launch) {
    return (onSpawn) =>
      launch((server) => {
        this.watch(kind, name, server.pid);
        void server.exited.then(() => this.forget(kind, name));
        onSpawn(server);
      });
  }

  /** The same for a process that writes its id into the first line of a file, in the folder that it was started with. */
  watchFile(kind, name, file) {
    symlinkSync(file, join(this.#folder, `${kind}.${name}`));
  }

  forget(kind, name) {
    rmSync(join(this.#folder, `${kind}.${name}`), { force: true });
  }

  /** Resolves when nothing is left, of what was watched or of its folder. */
  async end() {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return;
    this.#shell.ref();
    const gone = once(this.#shell, 'exit');
    this.#shell.stdin.end();
    await gone;
  }
}

/**
 * Ends what earlier starts left running, whose guardians were killed with them or are not done yet.
 * @returns {Promise<string[]>} what that was
 */
export async function endLeftovers(parent) {
  const left = [];
  for (const folder of foldersIn(parent)) {
    left.push(...watchedIn(folder));
    const shell = spawn('sh', ['-c', SCRIPT, 'guardian', folder], { stdio: 'ignore' });
    await once(shell, 'exit');
  }
  return left;
}

const foldersIn = (parent) =>
  statSync(parent, { throwIfNoEntry: false })
    ? readdirSync(parent)
        .map((name) => join(parent, name))
        .filter((path) => statSync(path).isDirectory())
    : [];

/** Names and ids of those in a guardian's folder that still run. */
function watchedIn(folder) {
  return readdirSync(folder).flatMap((file) => {
    const [pid, birth] = firstLine(join(folder, file)).split(' ');
    const isIt = pid && birthOf(pid) !== '' && (!birth || birthOf(pid) === birth);
    return isIt ? [`${file.slice(file.indexOf('.') + 1)} (process ${pid})`] : [];
  });
}

function firstLine(file) {
  try {
    return readFileSync(file, 'utf8').split('\n')[0];
  } catch {
    return '';
  }
}
