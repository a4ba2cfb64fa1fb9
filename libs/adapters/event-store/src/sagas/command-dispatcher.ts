import { BackgroundLoop } from './background-loop.js';
import type { Delivery, Fate } from './command-batch.js';
import type { ClaimedCommand, CommandQueue, PutBack } from './command-queue.js';
import type { Answer, Inbox } from './inbox.js';
import { isUnavailable } from '@kernel/refusal.js';
import { sagaMetrics } from './saga-metrics.js';
import type { SagaEngineOptions } from './saga-options.js';

export interface DispatcherOptions extends Pick<SagaEngineOptions, 'batch' | 'asking' | 'idleMs' | 'rest' | 'patienceMs' | 'attempts' | 'retryMs'> {
  /** Contexts whose commands this process carries out. */
  readonly targets: readonly string[];
  /**
   * What this release knows no handler for, or cannot read, is tried again and parked in the end instead of being refused: another release may have sent
   * it, and one that can read it may be on its way.
   */
  readonly keepsUnreadable?: boolean;
  readonly onError: (error: unknown) => void;
}

/** What is ready to be carried out in one context, a batch at a time. */
interface Lane {
  readonly target: string;
  queue: { readonly claimed: ClaimedCommand; readonly delivery: Delivery }[];
  running: boolean;
}

/**
 * Brings the commands of one queue to the handlers of this process. While a context is busy with a batch nothing more is claimed for it: what
 * comes meanwhile makes the next one. Commands that ask first are claimed apart and join a batch once they know, so that a slow answer holds nothing up.
 */
export class CommandDispatcher {
  private readonly loop: BackgroundLoop;
  private readonly lanes: ReadonlyMap<string, Lane>;
  /** Claimed commands that wait for their turn to ask. */
  private waiting: ClaimedCommand[] = [];
  private asking = 0;
  /** Whether the queue may hold more than what was claimed: it was not asked for all, or gave as much as it was asked for. */
  private mayHaveMore = false;
  private isStopping = false;
  /** What the database has not been told yet because it did not answer: without it, it would take what was carried out, or refused, for cut short. */
  private untold: (() => Promise<void>)[] = [];
  private readonly inHand = new Set<Promise<void>>();

  constructor(
    private readonly queue: CommandQueue,
    private readonly inbox: Inbox,
    private readonly options: DispatcherOptions,
  ) {
    this.lanes = new Map(options.targets.map((target) => [target, { target, queue: [], running: false }]));
    const { idleMs, rest, onError } = options;
    this.loop = new BackgroundLoop({ turn: () => this.claim(), idleMs, rest, onError });
  }

  start(): void {
    this.isStopping = false;
    this.loop.start();
  }

  /** Commands were asked for. */
  poke(): void {
    this.loop.poke();
  }

  /** Claims no more and resolves when what is in hand is done; what was only claimed is given back. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.loop.stop();
    for (const target of this.lanes.keys()) this.pump(target);
    const untouched = this.waiting.splice(0);
    await this.guard(this.queue.release(untouched));
    while (this.inHand.size > 0) await Promise.all(this.inHand);
    await this.guard(this.tellAgain());
  }

  private async claim(): Promise<boolean> {
    await this.tellAgain();
    const { batch, asking } = this.options;
    const free = [...this.lanes.values()].filter(({ running }) => !running).map(({ target }) => target);
    const asks = this.inbox.asks().filter((name) => this.lanes.has(name.split('.')[0]!));
    // As many again wait in memory, so that no slot stays empty until the next claim.
    const wanted = asks.length === 0 ? 0 : Math.max(0, 2 * asking - this.asking - this.waiting.length);
    this.mayHaveMore = free.length < this.lanes.size || (asks.length > 0 && wanted === 0);
    if (free.length === 0 && wanted === 0) return false;
    try {
      const claimed = await this.queue.claim({ targets: free, others: batch, asks, asking: wanted });
      if (claimed.length >= Math.min(batch, wanted || batch)) this.mayHaveMore = true;
      for (const each of claimed) this.admit(each, asks);
    } finally {
      for (const target of this.lanes.keys()) this.pump(target);
      this.askNext();
    }
    return false;
  }

  private admit(claimed: ClaimedCommand, asks: readonly string[]): void {
    const { command, attempts, target } = claimed;
    // Those that came to an end count no more than `attempts`: whoever carried it out the times after that did not live to tell.
    if (attempts > 2 * this.options.attempts) return this.putBack(target, [{ claimed, error: new Error('given up: every delivery was cut short') }]);
    const unreadable = this.options.keepsUnreadable ? this.inbox.unreadable(target, command) : null;
    if (unreadable) return this.putBack(target, [{ claimed, error: unreadable }]);
    if (asks.includes(`${target}.${command.name}`)) this.waiting.push(claimed);
    else this.lanes.get(target)!.queue.push({ claimed, delivery: { command, attempts, answer: { fact: undefined } } });
  }

  /** Starts as many questions as may be open, in one look-up for each context. */
  private askNext(): void {
    const next = this.waiting.splice(0, this.options.asking - this.asking);
    for (const [target, claimed] of Map.groupBy(next, (each) => each.target)) {
      this.asking += claimed.length;
      this.track(this.ask(target, claimed));
    }
  }

  /** What an earlier delivery has seen to asks nobody again: what was refused then might be granted now, and nobody would be told. */
  private async ask(target: string, claimed: readonly ClaimedCommand[]): Promise<void> {
    const again = claimed.filter(({ attempts }) => attempts > 1).map(({ command }) => command);
    let done: ReadonlySet<string>;
    try {
      done = await this.inbox.seenTo(target, again);
    } catch (error) {
      return claimed.forEach((each) => this.answered(each, { error }));
    }
    for (const each of claimed) if (done.has(each.command.id)) this.answered(each, { fact: undefined });
    const byId = new Map(claimed.map((each) => [each.command.id, each]));
    const commands = claimed.map(({ command }) => command).filter(({ id }) => !done.has(id));
    await this.inbox.ask(target, commands, this.options.patienceMs, (command, answer) => this.answered(byId.get(command.id)!, answer));
  }

  private answered(claimed: ClaimedCommand, answer: Answer): void {
    this.asking -= 1;
    const { command, attempts, target } = claimed;
    if ('error' in answer) this.putBack(target, [{ claimed, error: answer.error }]);
    else {
      this.lanes.get(target)!.queue.push({ claimed, delivery: { command, attempts, answer } });
      this.pump(target);
    }
    // By the half, for one look-up to serve several.
    if (this.asking <= this.options.asking / 2) this.askNext();
  }

  /** Carries out what is ready in a context, unless it is at it already. */
  private pump(target: string): void {
    const lane = this.lanes.get(target)!;
    if (lane.running || lane.queue.length === 0) return;
    lane.running = true;
    this.track(
      this.carryOut(lane).finally(() => {
        lane.running = false;
        // By way of the next claim, or those that asked would keep the lane busy and everybody else out.
        if (this.isStopping) this.pump(target);
        else if (this.mayHaveMore || lane.queue.length > 0) this.loop.poke();
      }),
    );
  }

  private async carryOut(lane: Lane): Promise<void> {
    const batch = lane.queue.splice(0, this.options.batch);
    const fates = await this.inbox.carryOut(
      lane.target,
      batch.map(({ delivery }) => delivery),
    );
    const done: string[] = [];
    const failed: { claimed: ClaimedCommand; error: unknown }[] = [];
    for (const { claimed } of batch) {
      const fate: Fate = fates.get(claimed.command.id)!;
      if (typeof fate === 'object') failed.push({ claimed, error: fate.error });
      else {
        done.push(claimed.command.id);
        sagaMetrics.commands(fate, lane.target);
      }
    }
    // Not waited for: its receipt keeps a command that is delivered again from being carried out again.
    this.tell(() => this.queue.finish(done));
    this.putBack(lane.target, failed);
  }

  private putBack(target: string, failed: readonly { claimed: ClaimedCommand; error: unknown }[]): void {
    if (failed.length === 0) return;
    const { attempts: most, retryMs } = this.options;
    const rows = failed.map(({ claimed: { command, attempts }, error }): PutBack => {
      // What is away comes back by itself: it is tried for as long as it takes, and never parked.
      const inMs = attempts >= most && !isUnavailable(error) ? null : Math.min(retryMs.first * 2 ** (attempts - 1), retryMs.longest);
      sagaMetrics.commands(inMs === null ? 'parked' : 'retried', target);
      return { id: command.id, attempts, counted: Math.min(attempts, most), error: String((error as Error | undefined)?.message ?? error), inMs };
    });
    this.tell(() => this.queue.putBack(rows));
  }

  /** Tells the database what became of commands; what it does not hear now it is told before it is asked for more. */
  private tell(words: () => Promise<void>): void {
    const telling = async (): Promise<void> => {
      try {
        await words();
      } catch (error) {
        if (isUnavailable(error)) this.untold.push(words);
        throw error;
      }
    };
    this.track(telling());
  }

  /** A claim that another has taken over meanwhile stays with it. @throws what keeps the database from hearing it; the rest waits */
  private async tellAgain(): Promise<void> {
    for (let words = this.untold.shift(); words; words = this.untold.shift()) {
      try {
        await words();
      } catch (error) {
        if (isUnavailable(error)) this.untold.unshift(words);
        throw error;
      }
    }
  }

  /** Keeps `stop` waiting; what cannot be told to the outbox is delivered again once its lease is over. */
  private track(work: Promise<void>): void {
    const guarded: Promise<void> = this.guard(work).finally(() => this.inHand.delete(guarded));
    this.inHand.add(guarded);
  }

  private async guard(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.options.onError(error);
    }
  }
}
