import { CommandTransport, type ReceiveOptions, type Reception, type TravellingCommand } from '@kernel/ports/command-transport.js';
import type { PoisonMessage } from '@kernel/ports/dead-letters.js';

/** A transport that loses nothing and that a test takes away, repeats, or puts something foreign into. */
export class MemoryCommands extends CommandTransport {
  isAway = false;
  /** Everything that was sent, in order. */
  readonly sent: TravellingCommand[] = [];
  private readonly receivers = new Map<string, ReceiveOptions[]>();
  /** What nobody has taken in yet. */
  private waiting: TravellingCommand[] = [];

  async send(_: string, commands: readonly TravellingCommand[]): Promise<void> {
    if (this.isAway) throw new Error('the transport is away');
    this.sent.push(...commands);
    this.waiting.push(...commands);
    await this.deliver();
  }

  receive(options: ReceiveOptions): Reception {
    const { context } = options;
    this.receivers.set(context, [...(this.receivers.get(context) ?? []), options]);
    void this.deliver();
    return {
      close: async () =>
        void this.receivers.set(
          context,
          this.receivers.get(context)!.filter((each) => each !== options),
        ),
    };
  }

  /** Delivers all that was ever sent once more, to every receiver. */
  async repeat(): Promise<void> {
    for (const [context, receivers] of this.receivers) {
      for (const { onBatch } of receivers) await onBatch({ commands: this.sent.filter(({ target }) => target === context), poison: [] });
    }
  }

  /** A message that is no command, as a topic would have it. */
  async poison(message: PoisonMessage): Promise<void> {
    await this.receivers.get(message.context)![0]!.onBatch({ commands: [], poison: [message] });
  }

  /** Reads a poison message whose value is a command as JSON. */
  read({ value }: PoisonMessage): TravellingCommand {
    return JSON.parse(Buffer.from(value ?? '').toString()) as TravellingCommand;
  }

  async close(): Promise<void> {
    this.receivers.clear();
  }

  /** What a receiver cannot keep stays, and comes with the next delivery. */
  private async deliver(): Promise<void> {
    const waiting = this.waiting;
    this.waiting = [];
    for (const [context, commands] of Map.groupBy(waiting, ({ target }) => target)) {
      const receiver = this.receivers.get(context)?.at(-1);
      try {
        if (!receiver) throw new Error('nobody is there');
        await receiver.onBatch({ commands, poison: [] });
      } catch {
        this.waiting.push(...commands);
      }
    }
  }
}
