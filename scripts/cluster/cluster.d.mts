import type { Member } from './member.mjs';

export interface ClusterOptions {
  /** Where everything is kept. */
  readonly dataDir: string;
  /** The gateway's; 3000. */
  readonly port?: number;
  /** How many of which service. */
  readonly scale?: Readonly<Record<string, number>>;
  /** Starts no service and no gateway: for a restore. */
  readonly enginesOnly?: boolean;
  /** What is said to every role beyond its own variables. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Requests a second of one address that the gateway lets pass, and how many over that rate at once. */
  readonly rate?: number;
  readonly burst?: number;
  /** Puts something between every two processes that connect, and answers at which port the one reaches the other. */
  readonly links?: (links: readonly { from: string; to: string; port: number }[]) => Promise<(from: string, to: string) => number>;
  /** What a process is told beyond that, asked at each of its starts. */
  readonly environmentOf?: (name: string) => Readonly<Record<string, string>>;
  readonly log?: { info(text: string): void; warn(text: string): void };
  readonly onChange?: (member: Member) => void;
  /** Gives the start up: what was begun is stopped. */
  readonly signal?: AbortSignal;
}

/** The whole topology of docker-compose.yml as processes of this machine. */
export class Cluster {
  static start(options: ClusterOptions): Promise<Cluster>;
  static check(options: ClusterOptions): Promise<string[]>;
  readonly url: string;
  readonly members: readonly Member[];
  secretFile(name: string): string;
  member(name: string): Member;
  restart(name: string): Promise<void>;
  rollingRestart(): Promise<void>;
  stop(): Promise<void>;
}
