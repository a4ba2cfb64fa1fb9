import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandTransport, TravellingCommand } from '@kernel/ports/command-transport.js';
import { BackgroundLoop } from './background-loop.js';
import type { ClaimedCommand, CommandQueue } from './command-queue.js';
import type { SagaEngineOptions } from './saga-options.js';

export interface SenderOptions extends Pick<SagaEngineOptions, 'batch' | 'idleMs' | 'rest' | 'retryMs' | 'attempts'> {
  /** Contexts to which commands may be sent. */
  readonly targets: readonly string[];
  /** Longest that its end waits for a batch that the transport does not acknowledge, ms. */
  readonly stopMs?: number;
  readonly onError: (error: unknown) => void;
}

/** Longest pause before a command is sent again, ms: what keeps it back is an engine's absence, which ends by itself. */
const LONGEST_PAUSE_MS = 5_000;
const STOP_MS = 8_000;

/**
 * Sends the commands of one context's sagas to where they are carried out. One batch at a time, each awaited before its rows go: what a crash leaves
 * claimed is sent again once its lease is over, and the receiver's receipts see to it that it is done once.
 */
export class CommandSender {
  private readonly loop: BackgroundLoop;

  constructor(
    private readonly outbox: CommandQueue,
    private readonly transport: CommandTransport,
    private readonly options: SenderOptions,
  ) {
    const { idleMs, rest, onError } = options;
    this.loop = new BackgroundLoop({ turn: () => this.send(), idleMs, rest, onError });
  }

  start(): void {
    this.loop.start();
  }

  /** Commands were asked for. */
  poke(): void {
    this.loop.poke();
  }

  /** Claims no more and resolves when the batch in hand is sent, or given back, or the transport has hung for long: its claims then run out. */
  async stop(): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([this.loop.stop(), sleep(this.options.stopMs ?? STOP_MS, undefined, { signal: waiting.signal }).catch(() => undefined)]);
    waiting.abort();
  }

  private async send(): Promise<boolean> {
    const { targets, batch } = this.options;
    const claimed = await this.outbox.claim({ targets, others: batch, asks: [], asking: 0 });
    // One after the other: a topic that is missing holds up its own commands only.
    for (const [target, commands] of Map.groupBy(claimed, (each) => each.target)) await this.sendTo(target, commands);
    return claimed.length === batch;
  }

  private async sendTo(target: string, claimed: readonly ClaimedCommand[]): Promise<void> {
    try {
      await this.transport.send(target, claimed.map(travelling));
    } catch (error) {
      this.options.onError(error);
      await this.outbox.putBack(claimed.map((each) => this.again(each, error)));
      return;
    }
    await this.outbox.finish(claimed.map(({ command }) => command.id));
  }

  /** Never parked; and its attempts are not such as a dispatcher would take for a command that kills whoever carries it out. */
  private again({ command, attempts }: ClaimedCommand, error: unknown) {
    const { retryMs, attempts: most } = this.options;
    const inMs = Math.min(retryMs.first * 2 ** (attempts - 1), retryMs.longest, LONGEST_PAUSE_MS);
    const told = `not sent: ${String((error as Error | undefined)?.message ?? error)}`;
    return { id: command.id, attempts, counted: Math.min(attempts, most), error: told, inMs };
  }
}

const travelling = ({ target, command, text }: ClaimedCommand): TravellingCommand => {
  const { saga, data: _, ...rest } = command;
  return { ...rest, source: saga.context, saga: saga.name, sagaId: saga.id, target, data: text };
};
