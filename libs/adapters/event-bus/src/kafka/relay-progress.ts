import type { Published } from '@kernel/ports/event-bus.js';
import { WrongPartitions } from './topics.js';

/** The database of one context, as far as the bus needs it. */
export interface RelayDatabase {
  readonly context: string;
  query<Row extends Record<string, unknown>>(statement: { readonly name: string; readonly text: string }, values: readonly unknown[]): Promise<Row[]>;
}

/** What a relay holds while it has the lease. */
export interface Hold {
  readonly epoch: number;
  /** Everything up to here is on the topic. */
  readonly position: number;
  /** By partition the last position in it; null before any relay has begun. */
  readonly last: readonly number[] | null;
}

/** Another relay has taken over: what this one sends from now on is dropped by whoever reads it. */
export class RelayFenced extends Error {
  override readonly name = 'RelayFenced';
}

interface Row extends Record<string, unknown> {
  epoch: string;
  position: string;
  partitions: number | null;
  last: string[];
}

const COLUMNS = 'epoch, position, partitions, last';

/** How far a context's log is published: one row in its database, which only the owner of its epoch moves. */
export class RelayProgress {
  constructor(private readonly database: RelayDatabase) {}

  /** Null before any relay has begun. */
  async published(): Promise<Published | null> {
    const [row] = await this.query('published', `select ${COLUMNS} from ${this.table}`, []);
    const hold = row && toHold(row);
    return hold?.last ? { position: hold.position, last: hold.last } : null;
  }

  /** Takes or renews the lease; null while another relay has it. */
  async hold(owner: string, epoch: number, leaseMs: number): Promise<Hold | null> {
    const [row] = await this.query(
      'hold',
      `update ${this.table}
       set epoch = case when owner = $1 and epoch = $2 then epoch else epoch + 1 end, owner = $1,
           lease_until = clock_timestamp() + $3 * interval '1 millisecond'
       where (owner = $1 and epoch = $2) or lease_until < clock_timestamp() returning ${COLUMNS}`,
      [owner, epoch, leaseMs],
    );
    return row ? toHold(row) : null;
  }

  /** Sets the number of partitions for good, at the first start. @throws WrongPartitions where it was another; RelayFenced */
  async begin(epoch: number, partitions: number): Promise<Hold> {
    const [row] = await this.query(
      'begin',
      `update ${this.table} set last = case when partitions is null then array_fill(0::bigint, array[$2::int]) else last end,
         partitions = coalesce(partitions, $2::int)
       where epoch = $1 returning ${COLUMNS}`,
      [epoch, partitions],
    );
    if (!row) throw this.fenced(epoch);
    samePartitions(this.database.context, row.last.length, partitions);
    return toHold(row);
  }

  /** Everything from one position to another has been sent. @throws RelayFenced */
  async advance(epoch: number, from: number, to: number, last: readonly number[]): Promise<void> {
    const [row] = await this.query(
      'advance',
      `update ${this.table} set position = $3, last = $4 where epoch = $1 and position = $2 returning ${COLUMNS}`,
      [epoch, from, to, last],
    );
    if (!row) throw this.fenced(epoch);
  }

  async release(owner: string, epoch: number): Promise<void> {
    await this.query('release', `update ${this.table} set lease_until = '-infinity' where owner = $1 and epoch = $2`, [owner, epoch]);
  }

  private get table(): string {
    return `${this.database.context}.relay`;
  }

  private fenced(epoch: number): RelayFenced {
    return new RelayFenced(`the relay of ${this.database.context} was taken over from epoch ${epoch}`);
  }

  private query(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.database.query<Row>({ name: `${this.database.context}.relay.${name}`, text }, values);
  }
}

/** @throws WrongPartitions where they differ */
export function samePartitions(context: string, stored: number, configured: number): void {
  if (stored === configured) return;
  throw new WrongPartitions(
    `${context}.events has ${stored} partitions since its first start, and ${configured} are configured: set KAFKA_PARTITIONS=${stored}. ` +
      'Another number would send streams to other partitions, and their order would be lost',
  );
}

const toHold = ({ epoch, position, partitions, last }: Row): Hold => ({
  epoch: Number(epoch),
  position: Number(position),
  last: partitions === null ? null : last.map(Number),
});
