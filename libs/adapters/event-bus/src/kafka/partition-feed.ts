import type { LoggedEvent } from '@kernel/event.js';
import type { BusMessage } from '@kernel/ports/event-bus.js';
import type { ChainedEvent } from './message.js';

/** Looks in a row before which nothing came, after which a topic that was said to hold more is no longer believed to. */
const PATIENT_LOOKS = 3;

interface Held {
  readonly message: BusMessage;
  readonly previous: number;
}

/**
 * What one consumer holds of one partition: messages that follow each other without a gap from where the consumer is, ready to be delivered, and those
 * behind a gap, which wait until the log has filled it. What was passed already is dropped, so that a relay's retry, a rebalance or offsets that were
 * reset to the beginning do no harm.
 */
export class PartitionFeed {
  private ready: Held[] = [];
  private later: Held[] = [];
  /** Up to here nothing is missing; null until the consumer has said where it is. */
  private solid: number | null = null;
  /** Position of the last message that was taken in. */
  private received = 0;
  /** Up to here the topic must have held it, as its relay says, but has not delivered it. */
  private owed = 0;
  private suspected = 0;
  /** Where the topic had been read to at the last look, and at how many looks in a row it still was. */
  private lookedAt = -2;
  private stillLooks = 0;
  private heldBytes = 0;
  /** Offsets of the last message that was taken in and the last that was handled; -1 before the first. */
  private firstOffset = -1;
  private lastOffset = -1;
  handledOffset = -1;
  /** Offset that the topic's next message will get, as the broker last said; 0 before it did. */
  end = 0;

  constructor(
    private readonly topic: string,
    readonly partition: number,
  ) {}

  get isPlaced(): boolean {
    return this.solid !== null;
  }

  get size(): number {
    return this.ready.length + this.later.length;
  }

  /** Characters of the events' data. */
  get bytes(): number {
    return this.heldBytes;
  }

  get lag(): number {
    return Math.max(0, this.end - Math.max(this.handledOffset + 1, this.firstOffset));
  }

  /** The consumer is here: what it has is dropped, what it no longer has becomes a gap. */
  place(position: number): void {
    const held = [...this.ready, ...this.later];
    // What it once had and has no more is in no buffer: the log gives it.
    this.owed = Math.max(this.owed, this.received);
    this.ready = [];
    this.later = held.filter(({ message }) => message.event.position > position);
    this.solid = position;
    this.heldBytes = this.later.reduce((sum, { message }) => sum + message.event.data.length, 0);
    this.received = this.later.at(-1)?.message.event.position ?? position;
    this.absorb();
  }

  /** Asks the consumer anew. */
  misplace(): void {
    this.solid = null;
  }

  /** A message of the topic; false where it was dropped because its position has been passed. */
  offer({ event, previous }: ChainedEvent, offset: number): boolean {
    if (event.position <= this.received || event.position <= (this.solid ?? 0)) {
      this.skip(offset);
      return false;
    }
    this.saw(offset);
    this.received = event.position;
    this.heldBytes += event.data.length;
    this.later.push({ message: { topic: this.topic, partition: this.partition, offset, event }, previous });
    this.absorb();
    return true;
  }

  /** A message of the topic that is not to be delivered. */
  skip(offset: number): void {
    this.saw(offset);
    if (this.size === 0) this.handledOffset = this.lastOffset;
  }

  /** The positions between which events are missing here: after the one, up to the other. Null where none is. */
  gap(): { readonly after: number; readonly upTo: number } | null {
    if (this.solid === null) return null;
    const upTo = this.later[0]?.previous ?? this.owed;
    return upTo > this.solid ? { after: this.solid, upTo } : null;
  }

  /** The log's events of this partition, all of those between `after` and `upTo`; how many were missing. */
  refill(events: readonly LoggedEvent[], upTo: number): number {
    const end = Math.min(upTo, this.gap()?.upTo ?? 0);
    let filled = 0;
    for (const event of events) {
      if (this.solid === null || event.position <= this.solid || event.position > end) continue;
      const offset = Math.max(this.handledOffset, this.ready.at(-1)?.message.offset ?? 0);
      this.ready.push({ message: { topic: this.topic, partition: this.partition, offset, event }, previous: this.solid });
      this.heldBytes += event.data.length;
      this.solid = event.position;
      filled += 1;
    }
    if (this.solid !== null) this.solid = Math.max(this.solid, end);
    this.absorb();
    return filled;
  }

  /**
   * The relay has published up to this position. What was missing at the last look and still is, although the topic has been read to its end, was cut
   * off by the topic's retention, or skipped. A broker tells of the end with messages alone, so that one which retention has come to is never heard of.
   */
  published(last: number): void {
    this.stillLooks = this.lastOffset === this.lookedAt ? this.stillLooks + 1 : 0;
    this.lookedAt = this.lastOffset;
    if (this.stillLooks >= PATIENT_LOOKS) this.end = Math.min(this.end, this.lastOffset + 1);
    const isAtEnd = this.lastOffset + 1 >= this.end;
    const isShort = this.solid !== null && this.later.length === 0 && last > this.solid && isAtEnd;
    if (isShort && this.suspected > this.solid!) this.owed = this.suspected;
    this.suspected = isShort ? last : 0;
  }

  /** What can be delivered, from the `index`th message on. */
  at(index: number): BusMessage | undefined {
    return this.solid === null ? undefined : this.ready[index]?.message;
  }

  /** The first messages were handled. */
  handled(count: number): void {
    const gone = this.ready.splice(0, count);
    for (const { message } of gone) this.heldBytes -= message.event.data.length;
    this.handledOffset =
      this.ready.length + this.later.length === 0 ? this.lastOffset : Math.max(this.handledOffset, gone.at(-1)?.message.offset ?? -1);
  }

  private saw(offset: number): void {
    if (this.firstOffset < 0) this.firstOffset = offset;
    this.lastOffset = Math.max(this.lastOffset, offset);
  }

  private absorb(): void {
    if (this.solid === null) return;
    let absorbed = 0;
    for (const held of this.later) {
      if (held.previous > this.solid) break;
      absorbed += 1;
      const { position } = held.message.event;
      if (position <= this.solid) {
        this.heldBytes -= held.message.event.data.length;
        continue;
      }
      this.ready.push(held);
      this.solid = position;
    }
    if (absorbed > 0) this.later.splice(0, absorbed);
  }
}
