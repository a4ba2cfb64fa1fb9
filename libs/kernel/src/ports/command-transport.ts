import type { OutgoingCommand } from './saga-writes.js';
import type { PoisonMessage } from './dead-letters.js';

/** A saga's command between two processes. */
export interface TravellingCommand extends OutgoingCommand {
  /** Context of the saga that asked. */
  readonly source: string;
}

/** What came in at once. Both are to be kept before the batch counts as received. */
export interface ReceivedBatch {
  readonly commands: readonly TravellingCommand[];
  /** Messages that are no command of this context, or none that can be read. */
  readonly poison: readonly PoisonMessage[];
}

export interface ReceiveOptions {
  /** Whose commands. */
  readonly context: string;
  /** Keeps a batch. What is received can come again: keeping it twice must be as keeping it once. A rejection makes the batch come again. */
  readonly onBatch: (batch: ReceivedBatch) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface Reception {
  /** Takes in nothing more and resolves when the batch in hand is kept or given back. */
  close(): Promise<void>;
}

/** The way of sagas' commands to the processes that carry them out. At least once; in order for each saga while one process sends. */
export abstract class CommandTransport {
  /** Resolves once all are stored where their receivers find them. @throws whatever keeps them from it; some may have been stored then */
  abstract send(target: string, commands: readonly TravellingCommand[]): Promise<void>;
  /** Returns at once; the transport's absence is waited out. Receivers of one context share its commands. */
  abstract receive(options: ReceiveOptions): Reception;
  /** Reads again what was poison: this release may understand it. @throws Error that says why it does not */
  abstract read(message: PoisonMessage): TravellingCommand;
  /** @throws Error where this process takes in nothing more until it is started again; not where the transport is away, which is waited out */
  async ping(): Promise<void> {}
  abstract close(): Promise<void>;
}
