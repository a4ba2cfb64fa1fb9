import type { DeliveryTiming } from '../delivery-loop.js';

export interface KafkaBusOptions extends DeliveryTiming {
  /** After so long without a sign of life a consumer's partitions go to the others, ms. */
  readonly sessionTimeoutMs: number;
  /** Messages, and characters of their data, that a subscription holds before it takes no more in; it goes on at half of either. */
  readonly maxBuffered: number;
  readonly maxBufferedBytes: number;
  /** How often what a partition owes is looked for: found missing twice, it comes from the log, ms. */
  readonly tailMs: number;
  /** How often offsets are committed, ms. They only tell where reading goes on; positions tell what is handled. */
  readonly commitMs: number;
  /** After so long without a heartbeat that the group's broker answered a consumer is made anew, ms; several heartbeats, and a rebalance. */
  readonly silenceMs: number;
}

export const KAFKA_BUS_DEFAULTS: KafkaBusOptions = {
  idleMs: 250,
  maxRetryMs: 5_000,
  sessionTimeoutMs: 7_500,
  maxBuffered: 50_000,
  maxBufferedBytes: 64 * 1024 * 1024,
  tailMs: 3_000,
  commitMs: 1_000,
  silenceMs: 30_000,
};

/** A message on a topic of events that is no event of its context: for the dead letters. The log gives what it stands in the place of. */
export interface PoisonMessage {
  readonly context: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Who read it; every group that does reports it. */
  readonly group: string;
  /** What is wrong with it. */
  readonly reason: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}
