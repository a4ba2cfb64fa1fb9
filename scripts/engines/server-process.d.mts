/** TCP ports of this machine's loopback that nothing listened on a moment ago, all different. */
export function freePorts(count: number): Promise<number[]>;

/** A process that serves. */
export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  readonly isAlive: boolean;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stop(patienceMs?: number, signal?: NodeJS.Signals): Promise<void>;
  kill(): Promise<void>;
  unref(): void;
  hang(): void;
  goOn(): void;
}
