// A whole cluster with a proxy on every link, its databases and broker as an examiner reaches them, and a shop in it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { Cluster } from '../../scripts/cluster/cluster.mjs';
import { freePorts } from '../../scripts/engines/server-process.mjs';
import { mountDisks } from './faults/disk.mjs';
import { Toxiproxy } from './links/toxiproxy.mjs';
import { Journal } from './load/journal.mjs';
import { Shop } from './load/shop.mjs';

const MOST_STARTS = 10;
const CONTEXTS = ['identity', 'catalog', 'ordering', 'analytics'];
/** Two of what can take another's place; the second relay waits for the lease of the first. */
const SCALE = { identity: 1, catalog: 1, ordering: 2, 'query-api': 1, relay: 2, projector: 2, 'saga-runner': 2 };
/** A payment that the provider keeps open is given up before a quiet check is. */
const ENVIRONMENT = { RATE_LIMIT: 'off', LOG_LEVEL: 'warn', SIMULATED_PAYMENT_DELAY_MS: '300', PAYMENT_DEADLINE_SECONDS: '30', BCRYPT_COST: '10' };

export class World {
  journal = new Journal();
  /** Modules that every process loads before its program, from its next start on. */
  preloads = new Set();
  /** Of processes whose clocks go wrong from their next start on: `{ preload, shiftMs }`. */
  clocks = new Map();
  /** Messages that are none, where they were put: `{ topic, partition, offset, kind }`. */
  poison = [];
  /** Whatever else has to be undone at the end, last first. */
  #leave = [];
  #over = new AbortController();
  #isStarting = false;

  /** @param {{ seed: string, scale?: Record<string, number>, keep?: boolean, say(text: string): void }} options */
  constructor({ seed, scale = {}, keep = false, say }) {
    this.seed = seed;
    this.scale = { ...SCALE, ...scale };
    this.keep = keep;
    this.say = say;
  }

  /** Starts everything; whoever called stops it, also where this fails. */
  async start() {
    this.dir = mkdtempSync(join(tmpdir(), 'nebulocart-faults-'));
    this.dataDir = join(this.dir, 'cluster');
    mkdirSync(this.dataDir, { mode: 0o700 });
    mountDisks(this);
    this.proxy = await Toxiproxy.start(this.dir);
    this.onLeave(() => this.proxy.stop());
    const [port] = await freePorts(1);
    this.#isStarting = true;
    const starting = Cluster.start({
      dataDir: this.dataDir,
      port,
      scale: this.scale,
      environment: ENVIRONMENT,
      environmentOf: (name) => this.#environmentOf(name),
      links: (links) => this.proxy.open(links),
      rate: 100_000,
      burst: 100_000,
      log: { info: () => undefined, warn: (text) => this.say(`  cluster: ${text}`) },
    });
    this.cluster = await starting.finally(() => (this.#isStarting = false));
    this.onLeave(() => this.cluster.stop());
    this.databases = Object.fromEntries(CONTEXTS.map((context) => [context, this.#database(context)]));
    this.onLeave(() => Promise.all(Object.values(this.databases).map((pool) => pool.end())));
    process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
    this.kafka = new kafkajs.Kafka({
      brokers: [this.cluster.member('kafka').facts.address],
      clientId: 'examiner',
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const adminAccount = { email: 'admin@nebulocart.example', password: this.#secret('admin-password') };
    this.shop = await Shop.opened({ url: this.cluster.url, journal: this.journal, adminAccount, signal: this.#over.signal });
  }

  /** A start fails by itself where an engine is away just then; whoever keeps processes has it start again. */
  async bringUp(name) {
    const member = this.cluster.member(name);
    for (let tries = 1; ; tries += 1) {
      try {
        return await member.start();
      } catch (error) {
        if (tries === MOST_STARTS) throw error;
        this.say(`             ${name} starts again: ${error.message.slice(0, 160)}`);
      }
    }
  }

  /** As a deployment restarts a process, whatever else is going on. */
  async restart(name) {
    await this.cluster.restart(name).catch(() => this.bringUp(name));
  }

  onLeave(work) {
    this.#leave.unshift(work);
  }

  /** Rows of a context's own database, straight from Postgres. */
  async rows(context, sql, values = []) {
    const { rows } = await this.databases[context].query(sql, values);
    return rows;
  }

  /** Rows of ClickHouse, straight from its front. */
  async clickhouse(sql) {
    const headers = { 'x-clickhouse-user': 'nebulocart', 'x-clickhouse-key': this.#secret('clickhouse-password') };
    const response = await fetch(`http://${this.cluster.member('clickhouse').facts.address}/`, {
      method: 'POST',
      headers,
      body: `${sql} FORMAT JSONEachRow`,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`ClickHouse answered ${response.status}: ${text.slice(0, 300)}`);
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  membersOf(...services) {
    return this.cluster.members.filter(({ facts }) => services.includes(facts.service));
  }

  async stop() {
    this.#over.abort();
    for (const work of this.#leave.splice(0)) {
      try {
        await work();
      } catch (error) {
        this.say(`  while stopping: ${error.message}`);
      }
    }
    // Half a cluster is ended by its guardian, who finds there whom to end.
    if (this.dir && !this.keep && !this.#isStarting) {
      rmSync(this.dir, { recursive: true, force: true });
    }
  }

  #environmentOf(name) {
    const clock = this.clocks.get(name);
    const preloads = [...this.preloads, ...(clock ? [clock.preload] : [])];
    return {
      ...(preloads.length > 0 && { NODE_OPTIONS: preloads.map((url) => `--import=${url}`).join(' ') }),
      ...(clock && { CLOCK_SHIFT_MS: String(clock.shiftMs) }),
    };
  }

  #secret(name) {
    return readFileSync(this.cluster.secretFile(name), 'utf8').trim();
  }

  #database(context) {
    const [host, port] = this.cluster.member('postgres').facts.address.split(':');
    const pool = new pg.Pool({ host, port: Number(port), user: context, database: context, password: this.#secret(`${context}_password`), max: 2 });
    // Postgres is killed under it; the next query connects anew.
    pool.on('error', () => undefined);
    return pool;
  }
}
