import type { DomainCommand } from '../decider.js';
import type { DomainEvent, EventContext } from '../event.js';
import type { Refusal } from '../refusal.js';
import type { z } from 'zod';
import type { Decided, Loaded, Repository } from './aggregates.js';

/** A saga's command as its receiver gets it. */
export interface InboxCommand<Data = unknown> extends EventContext {
  /** The same at every delivery: what it does is done once. */
  readonly id: string;
  readonly name: string;
  readonly data: Data;
  /** The saga that asked. */
  readonly saga: { readonly context: string; readonly name: string; readonly id: string };
}

/** One aggregate that a command reads or changes. */
export interface Touched {
  readonly repository: Repository<never, never, never>;
  readonly id: string;
}

export const touch = <State, Command extends DomainCommand, Event extends DomainEvent>(
  repository: Repository<State, Command, Event>,
  id: string,
): Touched => ({ repository: repository as unknown as Repository<never, never, never>, id });

/** The aggregates of one batch of commands, each as the commands before it left it. What a refused command staged is dropped again. */
export abstract class Work {
  /** @throws Error for an aggregate that `touches` did not name */
  abstract load<State, Command extends DomainCommand, Event extends DomainEvent>(
    repository: Repository<State, Command, Event>,
    id: string,
  ): Loaded<State>;
  /** Stages what the command leads to. @throws Refusal of the decider */
  abstract decide<State, Command extends DomainCommand, Event extends DomainEvent>(
    repository: Repository<State, Command, Event>,
    id: string,
    command: Command,
  ): Decided<State, Event>;
}

/** How a context carries out one kind of command that sagas send it. Many are stored in one transaction. */
export interface InboxHandler<Data = unknown, Fact = unknown> {
  readonly context: string;
  readonly name: string;
  readonly schema: z.ZodType<Data>;
  /** Every aggregate that `decide` and `refused` reach for. */
  readonly touches: (data: Data) => readonly Touched[];
  /**
   * Asks the world outside before anything is stored, from the aggregates as they are; asked again for the same command it must come to the same.
   * A Refusal of kind `unavailable` is tried again later; any other is the command's answer.
   */
  readonly ask?: (command: InboxCommand<Data>, work: Pick<Work, 'load'>) => Promise<Fact>;
  /** Pure but for `work`. @throws Refusal, which comes back to the saga as an event */
  readonly decide: (command: InboxCommand<Data>, work: Work, fact: Fact) => void;
  /** Stages the domain's own event of a refusal; without it the context's `CommandRefused` tells the saga. */
  readonly refused?: (command: InboxCommand<Data>, refusal: Refusal, work: Work) => void;
}

/** Where a context says what it does for sagas. */
export abstract class CommandInbox {
  /** @throws Error where the command has a handler already */
  abstract register<Data, Fact>(handler: InboxHandler<Data, Fact>): void;
}
