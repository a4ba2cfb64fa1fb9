import { partitionOf } from '@adapters/event-bus/src/partition.js';
import { toUnits } from '@kernel/money.js';
import type { MemoryLogs } from '../memory-log.js';
import type { SagaWorld } from '../saga-world.js';
import type { LandingTables } from './landing-tables.js';
import type { LedgerRow, LedgerStore, Sums } from './ledger-store.js';
import { difference, figures } from './read-model.js';
import type { World } from './world.js';

interface Watched {
  readonly world: World;
  readonly logs: MemoryLogs;
  readonly tables: LandingTables;
  readonly store: LedgerStore;
  readonly partitions: number;
}

/** Looks at every step of landing as it is taken: what is wrong for a moment is wrong. */
export class Invariants {
  private readonly landed = new Map<string, number>();
  private readonly watermarks = new Map<string, number>();
  private readonly versions = new Map<string, number>();
  /** Positions that are in the ledger, by context. */
  private readonly held = new Map<string, Set<number>>();

  constructor(private readonly watched: Watched) {
    watched.tables.onLanded = (...step) => this.onLanded(...step);
    watched.tables.onWatermark = (...step) => this.onWatermark(...step);
    watched.tables.onKnown = (context, watermark) => {
      const stored = this.watermarks.get(context) ?? 0;
      if (watermark > stored) watched.world.violate(`a process believes in watermark ${watermark} of ${context}, which is ${stored}`);
    };
    watched.tables.onOpened = (context, { partition, epoch, firstPosition }, owned) => {
      const of = `${context}/${partition}`;
      if (epoch !== owned.epoch) watched.world.violate(`the owner of epoch ${epoch} opened an intent of ${of}, which is in epoch ${owned.epoch}`);
      if (firstPosition <= owned.landed) watched.world.violate(`an intent of ${of} begins at ${firstPosition}, where ${owned.landed} has landed`);
      if (owned.openIntent !== null) watched.world.violate(`a second intent of ${of} was opened`);
    };
    watched.store.onRow = (row) => this.onRow(row);
  }

  /** What must be in every read model is there: `isCovered` says which positions. */
  private expectHeld(context: string, after: number, upTo: number, why: string, isCovered: (stream: string) => boolean): void {
    const { logs, store, world } = this.watched;
    const held = this.held.get(context) ?? new Set();
    for (const { position, stream } of logs.log(context).events.slice(after, upTo)) {
      if (!isCovered(stream)) continue;
      if (!held.has(position)) return world.violate(`${why}, but position ${position} is not in the ledger`);
      const lacking = store.views.find(({ isComplete, seen }) => isComplete && !seen.has(`${context}/${position}`));
      if (lacking) return world.violate(`${why}, but position ${position} is not in ${lacking.name}`);
    }
  }

  private onLanded(context: string, partition: number, landed: number): void {
    const { world, partitions } = this.watched;
    const of = `${context}/${partition}`;
    const before = this.landed.get(of) ?? 0;
    if (landed < before) world.violate(`partition ${of} went back from ${before} to ${landed}`);
    this.landed.set(of, landed);
    this.expectHeld(context, before, landed, `partition ${of} has landed up to ${landed}`, (stream) => partitionOf(stream, partitions) === partition);
  }

  private onWatermark(context: string, watermark: number): void {
    const before = this.watermarks.get(context) ?? 0;
    if (watermark < before) this.watched.world.violate(`the watermark of ${context} went back from ${before} to ${watermark}`);
    if (watermark > this.watched.logs.log(context).events.length) this.watched.world.violate(`the watermark of ${context} is beyond its log`);
    this.watermarks.set(context, watermark);
    this.expectHeld(context, before, watermark, `the watermark of ${context} is ${watermark}`, () => true);
  }

  private onRow({ context, position, stream, stream_version: version, digest, intent }: LedgerRow): void {
    const { world, logs, tables } = this.watched;
    const held = this.held.get(context) ?? new Set();
    this.held.set(context, held);
    if (held.has(position)) world.violate(`position ${position} of ${context} landed twice, the second time by intent ${intent}`);
    held.add(position);
    if (logs.log(context).events[position - 1]?.digest !== digest) world.violate(`position ${position} of ${context} is not what the log has there`);
    const before = this.versions.get(stream) ?? 0;
    if (version !== before + 1) world.violate(`${stream} landed version ${version} after ${before}`);
    this.versions.set(stream, version);
    if (tables.isStandstill) world.violate(`position ${position} of ${context} landed while nothing may`);
  }

  /** What holds once everything has come to rest. */
  atRest(shop: SagaWorld): void {
    const { world, logs, tables, store } = this.watched;
    const expected: Sums = new Map();
    for (const context of logs.contexts()) {
      const { events } = logs.log(context);
      if (tables.landings.get(context)?.watermark !== events.length) world.violate(`${context} has not landed whole`);
      for (const { type, position, data } of events)
        for (const [of, amount] of figures({ context, type, position, data } as LedgerRow)) expected.set(of, (expected.get(of) ?? 0n) + amount);
    }
    if (tables.openIntents.length > 0) world.violate('an intent is still open');
    for (const { name, sums, seen } of store.views) {
      const twice = [...seen].find(([, times]) => times > 1);
      if (twice) world.violate(`${name} counted ${twice[0]} ${twice[1]} times`);
      const wrong = difference(sums, expected) ?? difference(moneyOf(sums), domainMoney(shop));
      if (wrong) world.violate(`${name} has ${wrong}`);
    }
  }
}

const KINDS = /^(placed|captured) /;
const moneyOf = (sums: Sums): Sums => new Map([...sums].filter(([of]) => KINDS.test(of)));

/** The same money as the aggregates themselves have it, by code that shares nothing with the read model's. */
function domainMoney({ shop, people }: SagaWorld): Sums {
  const money: Sums = new Map();
  for (const orderId of people.orderIds) {
    const payment = shop.at(shop.payments.repository, orderId);
    money.set(`placed ${orderId}`, toUnits(shop.order(orderId).total));
    money.set(`captured ${orderId}`, toUnits(payment.captured));
  }
  return money;
}
