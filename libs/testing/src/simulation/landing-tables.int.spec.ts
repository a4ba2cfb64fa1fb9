import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { Gate } from '@adapters/read-store/src/landing/gate.js';
import { Intents, type Block, type Intent } from '@adapters/read-store/src/landing/intents.js';
import { analyticsMigrations } from '@migrations/postgres/src/analytics/index.js';
import { testDatabase } from '../postgres.js';
import { LandingTables } from './landing-tables.js';
import { Random } from './random.js';

const PARTITIONS = 3;
const CONTEXTS = ['ordering', 'catalog'];

/** What a call comes to: its answer, as JSON would have it, or what it throws. */
const outcome = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (answer) => JSON.parse(JSON.stringify(answer, (_, value: unknown) => (value instanceof Map ? [...value].sort() : value))) as unknown,
    (error: Error) => `${error.name}: ${error.message.split('\n')[0]}`,
  );

/** Blocks and steps as owners make them, right ones and wrong ones. */
class Owners {
  private readonly acquired = new Map<string, { readonly epoch: number; readonly landed: number }>();
  readonly intents: Intent[] = [];

  constructor(private readonly random: Random) {}

  /** One step, as it is asked of either side. */
  next(): (intents: Intents) => Promise<unknown> {
    const { random } = this;
    const context = random.oneOf(CONTEXTS);
    const partition = random.below(PARTITIONS);
    const block = this.block(context);
    const intent = this.intents.length > 0 ? random.oneOf(this.intents.slice(-8)) : null;
    const watermark = random.below(60);
    return random.oneOf<(intents: Intents) => Promise<unknown>>([
      (intents) => this.acquire(intents, context, partition),
      (intents) => this.open(intents, block),
      (intents) => this.open(intents, block),
      (intents) => (intent ? intents.finish(intent) : Promise.resolve(null)),
      (intents) => (intent ? intents.finish(intent) : Promise.resolve(null)),
      (intents) => (intent ? intents.finish(intent) : Promise.resolve(null)),
      (intents) => intents.progress(context),
      (intents) => intents.advance(context, watermark),
      (intents) => intents.openIntents(context),
      (intents) => intents.lastNumber(),
      (intents) => intents.watermarks(),
      (intents) => intents.furthest(),
    ]);
  }

  private async acquire(intents: Intents, context: string, partition: number): Promise<unknown> {
    const acquired = await intents.acquire(context, partition, PARTITIONS, 'owner');
    this.acquired.set(`${context}/${partition}`, acquired);
    return acquired;
  }

  private async open(intents: Intents, block: Block): Promise<unknown> {
    const intent = await intents.open(block);
    if (!this.intents.some(({ number }) => number === intent.number)) this.intents.push(intent);
    return intent;
  }

  private block(context: string): Block {
    const { random } = this;
    const first = random.from(1, 50);
    const parts = random
      .shuffled(Array.from({ length: PARTITIONS }, (_, partition) => partition))
      .slice(0, random.oneOf([1, 1, 2, PARTITIONS]))
      .map((partition) => {
        const own = this.intents.flatMap((intent) => (intent.context === context ? intent.parts : [])).filter((part) => part.partition === partition);
        const { epoch: current, landed: before } = this.acquired.get(`${context}/${partition}`) ?? { epoch: 1, landed: 0 };
        const landed = Math.max(before, ...own.map(({ lastPosition }) => lastPosition));
        const epoch = current - Number(random.chance(0.1));
        const place = { firstOffset: 0, lastOffset: 1, firstPosition: first, lastPosition: first + partition, rowCount: 2 };
        return { partition, epoch, landed: random.chance(0.1) ? 7 : landed, ...place };
      });
    return { context, partitions: PARTITIONS, parts, firstPosition: first, lastPosition: first + 2, rowCount: 2, digest: random.uuid() };
  }
}

it('the simulated tables of landing answer as Postgres does, whatever owners do', async () => {
  const server = await testDatabase();
  const database = await ContextDatabase.connect({ context: 'analytics', url: server.url, migrations: analyticsMigrations });
  try {
    await database.migrate();
    const real = new Intents(database);
    const simulated = new Intents(new LandingTables(() => 0));
    const owners = new Owners(new Random(20_261_121));
    const kinds = new Set<string>();
    for (let step = 0; step < 400; step++) {
      const ask = owners.next();
      const expected = await outcome(ask(real));
      expect({ step, outcome: await outcome(ask(simulated)) }).toEqual({ step, outcome: expected });
      if (typeof expected === 'string') kinds.add(expected.split(' of ')[0]!);
    }
    // Every refusal there is was among them.
    expect([...kinds]).toEqual(expect.arrayContaining(['Fenced: landing', 'Error: an intent', 'Error: a partition']));
    expect(owners.intents.length).toBeGreaterThan(10);
  } finally {
    await database.close();
    await server.drop();
  }
}, 240_000);

it('the simulated gate holds landing as the real one does', async () => {
  const server = await testDatabase();
  const database = await ContextDatabase.connect({ context: 'analytics', url: server.url, migrations: analyticsMigrations });
  try {
    await database.migrate();
    for (const side of [database, new LandingTables(() => Date.now())]) {
      const intents = new Intents(side);
      const { epoch } = await intents.acquire('ordering', 0, 1, 'owner');
      const part = { partition: 0, epoch, landed: 0, firstOffset: 1, lastOffset: 1, firstPosition: 1, lastPosition: 1, rowCount: 1 };
      const block = { context: 'ordering', partitions: 1, parts: [part], firstPosition: 1, lastPosition: 1, rowCount: 1, digest: 'd' };
      const gate = new Gate(side, intents);
      expect(await gate.whileClosed(() => outcome(intents.open(block)))).toBe('GateClosed: gate');
      expect(await outcome(intents.open(block))).toMatchObject({ number: 1 });
    }
  } finally {
    await database.close();
    await server.drop();
  }
});
