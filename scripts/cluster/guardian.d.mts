import type { ServerProcess } from '../engines/server-process.mjs';

type Launch = (onSpawn: (server: ServerProcess) => void) => Promise<ServerProcess>;
type Kind = 'role' | 'engine' | 'postgres';

/** Ends a cluster's processes when whoever started them was killed. */
export class Guardian {
  constructor(parent: string);
  watch(kind: Kind, name: string, pid: number): void;
  watchFile(kind: Kind, name: string, file: string): void;
  guarded(kind: Kind, name: string, launch: Launch): Launch;
  forget(kind: Kind, name: string): void;
  /** Resolves when nothing is left, of what was watched or of its folder. */
  end(): Promise<void>;
}

/** Ends what earlier starts left running. @returns what that was */
export function endLeftovers(parent: string): Promise<string[]>;
