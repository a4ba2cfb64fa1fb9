import { Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';
import type { PoisonMessage } from './kafka-bus-options.js';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

/** Hands poison to the dead letters, one after the other, each until it is taken; deliveries do not wait for it. */
export class PoisonReports {
  private readonly logger = new Logger(PoisonReports.name);
  private readonly waiting: PoisonMessage[] = [];
  private readonly closing = new AbortController();
  private isReporting = false;
  private heldBytes = 0;

  constructor(private readonly onPoison: (poison: PoisonMessage) => Promise<void>) {}

  report(poison: PoisonMessage): void {
    this.waiting.push(poison);
    this.heldBytes += poison.value?.length ?? 0;
    if (!this.isReporting) void this.run();
  }

  get size(): number {
    return this.waiting.length;
  }

  /** Of the messages' values. */
  get bytes(): number {
    return this.heldBytes;
  }

  /** Offset of the first message of a partition that is not reported yet; infinite where none waits. */
  firstUnreported(partition: number): number {
    return Math.min(...this.waiting.filter((poison) => poison.partition === partition).map(({ offset }) => Number(offset)));
  }

  /** What is not reported yet is read again by whoever has the partition next. */
  close(): void {
    this.closing.abort();
  }

  private async run(): Promise<void> {
    this.isReporting = true;
    let failures = 0;
    while (this.waiting.length > 0 && !this.closing.signal.aborted) {
      try {
        await this.onPoison(this.waiting[0]!);
        this.heldBytes -= this.waiting.shift()?.value?.length ?? 0;
        failures = 0;
      } catch (error) {
        const { topic, partition, offset } = this.waiting[0]!;
        this.logger.warn(`poison at ${topic}/${partition}/${offset} could not be written down: ${String(error)}`);
        await pause(Math.min(FIRST_RETRY_MS * 2 ** failures++, MAX_RETRY_MS), undefined, { signal: this.closing.signal }).catch(() => undefined);
      }
    }
    this.isReporting = false;
  }
}

/** What there is to tell of a message, and why it is no event. */
export const asPoison = (
  { offset, key, value, headers = {} }: KafkaMessage,
  error: unknown,
): Pick<PoisonMessage, 'offset' | 'reason' | 'key' | 'value' | 'headers'> => ({
  offset,
  reason: error instanceof Error ? error.message : String(error),
  key: key?.toString('utf8') ?? null,
  value,
  headers: Object.fromEntries(Object.entries(headers).map(([name, own]) => [name, String(own)])),
});
