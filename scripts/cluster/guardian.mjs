// Ends a cluster's processes when whoever started them was killed: the kernel closes the guardian's standard input however that ends.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Roles first, then what they stand on. Postgres ends its connections on INT, and waits for them on TERM. */
const SCRIPT = `
cat > /dev/null
end() {
  for held in "$1"/$2*; do [ -e "$held" ] && kill -"$3" "$(cat "$held")" 2> /dev/null; done
  for _ in $(seq "$4"); do
    alive=0
    for held in "$1"/$2*; do [ -e "$held" ] && kill -0 "$(cat "$held")" 2> /dev/null && alive=1; done
    [ "$alive" = 0 ] && return
    sleep 0.1
  done
  [ "$3" = INT ] || for held in "$1"/$2*; do [ -e "$held" ] && kill -KILL -- "-$(cat "$held")" 2> /dev/null; done
}
end "$1" role. TERM 100
end "$1" engine. TERM 100
end "$1" postgres. INT 300
rm -f "$1"/*
`;

export class Guardian {
  #folder;
  #shell;

  constructor(folder) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    // What an earlier guardian left: its processes are gone, and their ids may be others' by now.
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
    this.#shell = spawn('sh', ['-c', SCRIPT, 'guardian', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#shell.unref();
    this.#shell.stdin.unref?.();
  }

  /** @param {'role' | 'engine' | 'postgres'} kind */
  watch(kind, name, pid) {
    writeFileSync(join(this.#folder, `${kind}.${name}`), String(pid));
  }

  forget(kind, name) {
    rmSync(join(this.#folder, `${kind}.${name}`), { force: true });
  }

  /** When nothing is left to be watched. */
  end() {
    this.#shell.stdin.end();
  }
}
