import type { ServerProcess } from '../engines/server-process.mjs';

/** One member of a cluster, an engine or a role. */
export class Member {
  constructor(options: {
    readonly name: string;
    readonly launch: (onSpawn: (server: ServerProcess) => void) => Promise<ServerProcess>;
    readonly stopSignal?: NodeJS.Signals;
    readonly onChange?: (member: Member) => void;
    readonly [fact: string]: unknown;
  });
  readonly name: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly state: 'stopped' | 'starting' | 'ready' | 'stopping' | 'down';
  readonly pid: number | undefined;
  readonly isReady: boolean;
  readonly restarts: number;
  start(): Promise<void>;
  stop(patienceMs?: number): Promise<void>;
  restart(): Promise<void>;
  kill(options?: { readonly stayDead?: boolean }): Promise<void>;
  hang(): void;
  goOn(): void;
}
