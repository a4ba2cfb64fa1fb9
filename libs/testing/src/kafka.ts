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
    private readonly place: Place,
    private server: ServerProcess,
  ) {}

  /** @param through puts something before it: answers by which address clients are to reach the one that it is given */
  static async start({ through = async (url: string) => url } = {}): Promise<TestKafka> {
    const dir = await mkdtemp(join(process.env['NEBULOCART_TEST_ENGINES'] ?? tmpdir(), 'kafka-'));
    const [port, controllerPort] = (await freePorts(2)) as [number, number];
    const { host: address } = new URL(await through(`kafka://127.0.0.1:${port}`));
    const place = { dir, port, controllerPort, address };
    return new TestKafka(place, await serve(place));
  }

  get brokers(): readonly string[] {
    return [this.place.address];
  }

  /** As `kill -9`: what it had acknowledged is in the operating system's hands, what was under way is gone. */
  async kill(): Promise<void> {
    await this.server.kill();
  }

  async restart(): Promise<void> {
    this.server = await serve(this.place);
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
    await rm(this.place.dir, { recursive: true, force: true });
  }
}

interface Place {
  readonly dir: string;
  readonly port: number;
  readonly controllerPort: number;
  /** Where it tells its clients to connect. */
  readonly address: string;
}

async function serve({ address, ...place }: Place): Promise<ServerProcess> {
  const server = await startKafka({ ...place, heapMb: 256, properties: { 'advertised.listeners': `PLAINTEXT://${address}` } });
  // A run ends without waiting for it: the guardian of the run's engines ends it.
  server.unref();
  return server;
}
