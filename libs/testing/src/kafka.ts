import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '../../../scripts/engines/kafka.mjs';
import { freePorts, type ServerProcess } from '../../../scripts/engines/server-process.mjs';
import { runWide } from './run-wide.js';

/** Brokers that all specs of a jest run share, about three seconds for the first to ask. Topics and groups of two specs must differ in their names. */
export async function sharedKafka(): Promise<{ readonly brokers: readonly string[] }> {
  return runWide('kafka', async () => ({ brokers: (await TestKafka.start()).brokers }));
}

/** A real Apache Kafka in a directory of its own, to be killed, stopped and started again on the same port. */
export class TestKafka {
  private constructor(
    private readonly directory: string,
    private readonly ports: readonly [number, number],
    private server: ServerProcess,
  ) {}

  static async start(): Promise<TestKafka> {
    const directory = await mkdtemp(join(process.env['NEBULOCART_TEST_ENGINES'] ?? tmpdir(), 'kafka-'));
    const [port, controllerPort] = (await freePorts(2)) as [number, number];
    return new TestKafka(directory, [port, controllerPort], await serve(directory, port, controllerPort));
  }

  get brokers(): readonly string[] {
    return [`127.0.0.1:${this.ports[0]}`];
  }

  /** As `kill -9`: what it had acknowledged is in the operating system's hands, what was under way is gone. */
  async kill(): Promise<void> {
    await this.server.kill();
  }

  async restart(): Promise<void> {
    this.server = await serve(this.directory, ...this.ports);
  }

  /** It keeps its connections and answers nobody. */
  hang(): void {
    this.server.hang();
  }

  goOn(): void {
    this.server.goOn();
  }

  async drop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function serve(dir: string, port: number, controllerPort: number): Promise<ServerProcess> {
  const server = await startKafka({ dir, port, controllerPort, heapMb: 256 });
  // A run ends without waiting for it: the guardian of the run's engines ends it.
  server.unref();
  return server;
}
