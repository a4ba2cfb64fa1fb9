import type { Intent, Part } from '@adapters/read-store/src/landing/intents.js';
import type { ReadSideDatabase } from '@adapters/read-store/src/databases.js';

export interface LandedPartition {
  epoch: number;
  owner: string;
  landed: number;
  openIntent: number | null;
}

interface StoredIntent extends Intent {
  state: 'open' | 'done';
}

type Row = Readonly<Record<string, unknown>>;
type Statement = (values: readonly never[]) => Row[];

const key = (context: string, partition: number): string => `${context}/${partition}`;
const list = (rows: Iterable<Row>): Row[] => [...rows];

/**
 * Landing's tables in Postgres, and the functions over them, in memory: each statement is one step. Their real counterparts answer the same, see the
 * spec that compares the two.
 */
export class LandingTables implements ReadSideDatabase {
  readonly landings = new Map<string, { partitions: number; watermark: number }>();
  readonly owned = new Map<string, LandedPartition>();
  private readonly intents = new Map<number, StoredIntent>();
  private readonly gate: { holder: string | null; expiresAt: number } = { holder: null, expiresAt: 0 };
  private lastNumber = 0;

  /** @param now of the server, ms */
  constructor(private readonly now: () => number) {}

  /** Told of what an intent holds of a partition, which stands as `owned` says. */
  onOpened: (context: string, part: Part, owned: LandedPartition) => void = () => undefined;
  /** Told of every step forward, before anyone else can know. */
  onLanded: (context: string, partition: number, landed: number) => void = () => undefined;
  onWatermark: (context: string, watermark: number) => void = () => undefined;
  /** Told of a watermark that a process believes in. */
  onKnown: (context: string, watermark: number) => void = () => undefined;

  async query<Found extends object>(statement: { readonly text: string }, values: readonly unknown[]): Promise<Found[]> {
    return this.execute(statement.text, values) as Found[];
  }

  /** @throws Error for a statement that is none of landing's */
  execute(text: string, values: readonly unknown[]): Row[] {
    const found = this.statements.find(([part]) => text.includes(part));
    if (!found) throw new Error(`the simulated Postgres does not know: ${text}`);
    return found[1](values as never[]);
  }

  get openIntents(): StoredIntent[] {
    return [...this.intents.values()].filter(({ state }) => state === 'open');
  }

  /** While it is, whoever closed the gate relies on nothing landing. */
  isStandstill = false;

  get isGateClosed(): boolean {
    return this.gate.holder !== null && this.gate.expiresAt >= this.now();
  }

  private readonly statements: readonly (readonly [string, Statement])[] = [
    ['analytics.own_partition(', (values) => this.own(...(values as unknown as Parameters<LandingTables['own']>))],
    ['analytics.open_intent(', (values) => this.open(...(values as unknown as Parameters<LandingTables['open']>))],
    ['analytics.finish_intent(', ([context, number]) => this.finish(context!, number!)],
    ['SELECT p.partition, p.epoch, p.landed, l.watermark', ([context]) => this.progress(context!)],
    ['UPDATE analytics.landing SET watermark', ([watermark, context]) => this.advance(context!, watermark!)],
    ["FROM analytics.landing_intent WHERE state = 'open'", ([context]) => this.openRows(context!)],
    ['coalesce(max(number), 0)', () => [{ number: String(Math.max(0, ...this.intents.keys())) }]],
    ['SELECT context, watermark FROM analytics.landing', () => list(this.watermarks())],
    ['AS furthest', () => list(this.furthest())],
    ['DELETE FROM analytics.landing_intent', ([context, number]) => this.prune(context!, number!)],
    ['UPDATE analytics.gate SET holder = NULL', ([holder]) => this.openGate(holder!)],
    ['UPDATE analytics.gate SET holder = ', ([holder, seconds]) => this.closeGate(holder!, seconds!)],
    ['UPDATE analytics.gate SET expires_at', ([seconds, holder]) => this.renewGate(holder!, seconds!)],
  ];

  private own(context: string, partition: number, partitions: number, owner: string): Row[] {
    const landing = this.landings.get(context) ?? { partitions, watermark: 0 };
    this.landings.set(context, landing);
    if (landing.partitions !== partitions) throw new Error(`${context} was landed in ${landing.partitions} partitions, not ${partitions}`);
    const before = this.owned.get(key(context, partition));
    const owned = before ?? { epoch: 0, owner, landed: landing.watermark, openIntent: null };
    owned.epoch += 1;
    owned.owner = owner;
    this.owned.set(key(context, partition), owned);
    const { epoch, landed, openIntent } = owned;
    return [
      {
        epoch: String(epoch),
        landed: String(landed),
        open_intent: openIntent === null ? null : String(openIntent),
        watermark: String(landing.watermark),
      },
    ];
  }

  private open(
    context: string,
    partitions: number,
    json: string,
    firstPosition: number,
    lastPosition: number,
    rowCount: number,
    digest: string,
    window: number,
  ): Row[] {
    const refuse = (refused: string, lost: number[] | null = null): Row[] => [{ number: null, refused, lost }];
    const parts = JSON.parse(json) as Part[];
    if (this.isGateClosed) return refuse('gate');
    const numbers = [...this.intents.keys()];
    const openNumbers = this.openIntents.map(({ number }) => number);
    if (openNumbers.length > 0 && Math.max(...numbers) - Math.min(...openNumbers) >= window) return refuse('window');
    const mine = parts.map((part) => ({ part, owned: this.owned.get(key(context, part.partition)) }));
    const lost = mine.filter(({ part, owned }) => owned?.epoch !== part.epoch).map(({ part }) => part.partition);
    if (lost.length > 0) return refuse('lost', lost);
    if (mine.some(({ owned }) => owned!.openIntent !== null)) return refuse('open');
    if (mine.some(({ part, owned }) => owned!.landed !== part.landed)) return refuse('moved');
    const number = (this.lastNumber += 1);
    this.intents.set(number, { number, context, partitions, parts, firstPosition, lastPosition, rowCount, digest, state: 'open' });
    for (const { part, owned } of mine) {
      this.onOpened(context, part, owned!);
      owned!.openIntent = number;
    }
    return [{ number: String(number), refused: null, lost: null }];
  }

  private finish(context: string, number: number): Row[] {
    const intent = this.intents.get(number);
    if (intent?.state === 'open') {
      intent.state = 'done';
      for (const { partition, lastPosition } of intent.parts) {
        const owned = this.owned.get(key(context, partition))!;
        owned.openIntent = null;
        owned.landed = Math.max(owned.landed, lastPosition);
        this.onLanded(context, partition, owned.landed);
        if (this.landings.get(context)!.partitions === 1) this.moveWatermark(context, owned.landed);
      }
    }
    return this.progress(context).filter(({ partition }) => partition !== null);
  }

  private progress(context: string): Row[] {
    const landing = this.landings.get(context);
    if (!landing) return [];
    const watermark = String(landing.watermark);
    const rows = Array.from({ length: landing.partitions }, (_, partition) => {
      const owned = this.owned.get(key(context, partition));
      return owned ? [{ partition, epoch: String(owned.epoch), landed: String(owned.landed), watermark }] : [];
    }).flat();
    return rows.length > 0 ? rows : [{ partition: null, epoch: null, landed: null, watermark }];
  }

  private advance(context: string, watermark: number): Row[] {
    if (!this.landings.has(context)) return [];
    this.moveWatermark(context, watermark);
    return [{ watermark: String(this.landings.get(context)!.watermark) }];
  }

  private moveWatermark(context: string, watermark: number): void {
    const landing = this.landings.get(context)!;
    landing.watermark = Math.max(landing.watermark, watermark);
    this.onWatermark(context, landing.watermark);
  }

  private openRows(context: string | null): Row[] {
    return this.openIntents
      .filter((intent) => context === null || intent.context === context)
      .sort((one, other) => one.number - other.number)
      .map(({ number, firstPosition, lastPosition, rowCount, parts, ...rest }) => ({
        ...rest,
        parts: [...parts],
        number: String(number),
        first_position: String(firstPosition),
        last_position: String(lastPosition),
        row_count: rowCount,
      }));
  }

  private *watermarks(): Generator<Row> {
    for (const [context, { watermark }] of this.landings) yield { context, watermark: String(watermark) };
  }

  private *furthest(): Generator<Row> {
    for (const [context, { partitions, watermark }] of this.landings) {
      const landed = Array.from({ length: partitions }, (_, partition) => this.owned.get(key(context, partition))?.landed ?? 0);
      yield { context, furthest: String(Math.max(watermark, ...landed)) };
    }
  }

  private prune(context: string, below: number): Row[] {
    for (const { number, context: own, state } of this.intents.values())
      if (own === context && state === 'done' && number < below) this.intents.delete(number);
    return [];
  }

  private closeGate(holder: string, seconds: number): Row[] {
    if (this.isGateClosed) return [];
    Object.assign(this.gate, { holder, expiresAt: this.now() + seconds * 1_000 });
    return [{ '?column?': 1 }];
  }

  private renewGate(holder: string, seconds: number): Row[] {
    if (this.gate.holder !== holder || !this.isGateClosed) return [];
    this.gate.expiresAt = this.now() + seconds * 1_000;
    return [{ '?column?': 1 }];
  }

  private openGate(holder: string | undefined): Row[] {
    if (holder === undefined || this.gate.holder === holder) Object.assign(this.gate, { holder: null, expiresAt: 0 });
    return [];
  }
}
