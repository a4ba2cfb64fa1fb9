/** TCP ports of this machine's loopback that nothing listened on a moment ago, all different. */
export function freePorts(count: number): Promise<number[]>;

/** A process that serves. */
export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  readonly isAlive: boolean;
  readonly exitCode: number | null;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stop(patienceMs?: number, signal?: NodeJS.Signals): Promise<void>;
  kill(): Promise<void>;
  unref(): void;
  hang(): void;
  goOn(): void;
}

/** Starts a program in the background; `onSpawn` has it at once. */
export function launch(options: {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly onSpawn?: (server: ServerProcess) => void;
}): ServerProcess;

/** Where more want to run than there are cores, everything takes so many times as long. */
export function stretchOf(load: number, cores: number): number;

/** Resolves once `isReady` says so. @throws Error with the end of its log when it ended, or was not ready in time */
export function untilReady(
  server: ServerProcess,
  isReady: () => boolean | Promise<boolean>,
  options: { readonly log: string; readonly patienceMs?: number; readonly stretch?: () => number },
): Promise<ServerProcess>;
