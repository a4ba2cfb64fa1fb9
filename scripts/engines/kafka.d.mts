import type { ServerProcess } from './server-process.mjs';

export const KAFKA_VERSION: string;

/** Makes sure of Java and Kafka's jars, which are fetched once. @returns the folder of the jars */
export function requireKafka(what?: string): string;

/** Starts a broker that keeps everything in `dir`. Resolves when it takes connections. */
export function startKafka(options: {
  readonly dir: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly heapMb?: number;
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  readonly onSpawn?: (server: ServerProcess) => void;
}): Promise<ServerProcess>;
