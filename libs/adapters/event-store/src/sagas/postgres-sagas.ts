import { randomUUID } from 'node:crypto';
import type { Clock } from '@kernel/clock.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { Sagas, type SagaDetail, type SagaFilter, type SagaSummary } from '@kernel/ports/sagas.js';
import { Refusal } from '@kernel/refusal.js';
import { sagaState, sagaStream, type AnySaga, type SagaStep } from '@kernel/saga.js';
import type { Addressed, Received } from './saga-definitions.js';
import type { SagaHost } from './saga-host.js';
import { armedRows, findSaga, listSagas, pendingCommands, retryCommands } from './saga-list.js';
import type { LoadedSaga } from './saga-store.js';

/** One saga and where it lives. */
interface Found {
  readonly host: SagaHost;
  readonly saga: AnySaga;
  readonly id: string;
}

/** The sagas of this process' contexts, for operators. */
export class PostgresSagas extends Sagas {
  constructor(
    private readonly hosts: readonly SagaHost[],
    private readonly clock: Clock,
    private readonly scope: RequestContext,
    private readonly stuckSeconds: number,
  ) {
    super();
  }

  async list(filter: SagaFilter): Promise<SagaSummary[]> {
    const all = await Promise.all(this.hosts.map((host) => listSagas(host, filter, this.stuckSeconds)));
    const keyOf = ({ startedAt, saga, id }: SagaSummary): string => [startedAt, saga, id].join('\0');
    return all
      .flat()
      .sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))
      .slice(0, filter.limit);
  }

  async one(saga: string, id: string): Promise<SagaDetail> {
    return this.detail(this.find(saga, id));
  }

  async retry(saga: string, id: string): Promise<SagaDetail> {
    const found = this.find(saga, id);
    await this.summary(found);
    const commands = await retryCommands(found.host, keyOf(found));
    const messages = await this.retryMessages(found);
    if (commands === 0 && messages === 0) await this.reissue(found);
    found.host.poke();
    return this.detail(found);
  }

  async skip(saga: string, id: string, step: string, reason: string): Promise<SagaDetail> {
    const { status, step: at, stuck, movedAt } = await this.summary(this.find(saga, id));
    if (status !== 'ended' && at !== step) {
      throw movedOn(at, step, { saga, id, step: at });
    }
    const still = Date.parse(this.clock.now()) - Date.parse(movedAt) >= this.stuckSeconds * 1_000;
    if (status !== 'ended' && status !== 'failed' && !stuck && !still) {
      throw new Refusal('saga.not-stuck', 'conflict', 'The saga may still move by itself: skip only what has failed or is stuck', { saga, id });
    }
    return this.tell('operator.skip', saga, id, { reason, step });
  }

  compensate(saga: string, id: string, reason: string): Promise<SagaDetail> {
    return this.tell('operator.compensate', saga, id, { reason });
  }

  /**
   * Handles the parked messages of a saga again, in their order; true where the saga is known to this release. One that fails again keeps those after
   * it waiting.
   */
  async retryParked(name: string, id: string): Promise<boolean> {
    const host = this.hosts.find(({ definitions }) => definitions.get(name));
    if (host) await this.retryMessages({ host, saga: host.definitions.get(name)!, id });
    return host !== undefined;
  }

  private async tell(type: 'operator.skip' | 'operator.compensate', saga: string, id: string, word: object): Promise<SagaDetail> {
    const found = this.find(saga, id);
    const { status, step } = await this.summary(found);
    if (status === 'ended') throw new Refusal('saga.ended', 'conflict', 'The saga is over: there is nothing left to do or undo', { saga, id });
    const moved = await this.say(found, type, { by: this.operator(), ...word });
    if (!moved) throw await this.withoutEffect(found, type.split('.')[1]!, step);
    return this.detail(found);
  }

  /** Why a word came to nothing: the saga was elsewhere by then, or has no such way from where it stands. */
  private async withoutEffect(found: Found, verb: string, seen: string): Promise<Refusal> {
    const { step } = await this.summary(found);
    const about = { saga: found.saga.name, id: found.id, step };
    if (step !== seen) return movedOn(step, seen, about);
    return new Refusal('saga.not-applicable', 'conflict', `At ${step} the saga has nothing to ${verb}: nothing was recorded`, about);
  }

  /** Handles the parked messages again, in their order; how many there were. One that fails again keeps those after it waiting. */
  private async retryMessages({ host, saga, id }: Found): Promise<number> {
    const key = { saga: saga.name, sagaId: id };
    let tried = 0;
    for (;;) {
      const parked = await host.store.parked(key);
      if (parked.length === 0) return tried;
      tried += parked.length;
      const messages = parked.flatMap((received) => this.readdress(host, saga, id, received));
      const { writes } = await host.steps.handle(messages, { releasing: true, fresh: true });
      if (writes.released!.length === 0 || writes.parked!.length > 0) return tried;
    }
  }

  /** To the saga that this release says it is for, which need not be the one that it was parked for, nor any. */
  private readdress({ definitions }: SagaHost, saga: AnySaga, id: string, received: Received): Addressed[] {
    if (received.version === 0) return [definitions.to(saga, id, received)];
    const own = definitions.address(received).filter((addressed) => addressed.saga.name === saga.name);
    if (own.length === 0) return [{ saga, sagaId: id, received, read: () => ({ type: 'nobody', data: null }) }];
    return own.map((addressed) => ({ ...addressed, parkedAs: id }));
  }

  private async reissue(found: Found): Promise<void> {
    if (await this.say(found, 'operator.retry', { by: this.operator() })) return;
    throw new Refusal('saga.nothing-to-retry', 'conflict', 'Nothing of this saga was parked or refused', { saga: found.saga.name, id: found.id });
  }

  /** True where the saga moved. */
  private async say(found: Found, type: string, data: unknown): Promise<boolean> {
    const { host, saga, id } = found;
    const loaded = await this.load(found);
    if (!loaded) return false;
    const stream = sagaStream(saga.name, id);
    const context = { ...loaded.context, actor: this.scope.current().principal?.id ?? null };
    const received = { id: `operator:${randomUUID()}`, type, version: 0, data: JSON.stringify(data), at: this.clock.now(), stream, context };
    const { steps } = await host.steps.handle([host.definitions.to(saga, id, received)], { fresh: true, past: true });
    return steps.length > 0;
  }

  private async detail(found: Found): Promise<SagaDetail> {
    const { host, saga, id } = found;
    const key = keyOf(found);
    const [summary, events, deadlines, pending, parked] = await Promise.all([
      this.summary(found),
      host.store.timeline(sagaStream(saga.name, id)),
      armedRows(host, key),
      pendingCommands(host, key),
      host.store.parked(key),
    ]);
    return {
      ...summary,
      remaining: events.length > 0 ? remainingOf(saga, events) : [],
      timeline: events,
      deadlines,
      pending,
      parked: parked.map(({ id: messageId, type, reason, parkedAt }) => ({ messageId, type, reason, parkedAt })),
    };
  }

  private async summary({ host, saga, id }: Found): Promise<SagaSummary> {
    const summary = await findSaga(host, { saga: saga.name, sagaId: id }, this.stuckSeconds);
    if (!summary) throw unknown(saga.name, id);
    return summary;
  }

  private async load({ host, saga, id }: Found): Promise<LoadedSaga | undefined> {
    const stream = sagaStream(saga.name, id);
    return (await host.store.load([stream])).get(stream);
  }

  private find(name: string, id: string): Found {
    for (const host of this.hosts) {
      const saga = host.definitions.get(name);
      if (saga) return { host, saga, id };
    }
    throw unknown(name, id);
  }

  private operator(): string {
    return this.scope.current().principal?.id ?? 'system';
  }
}

const keyOf = ({ saga, id }: Found) => ({ saga: saga.name, sagaId: id });

const remainingOf = (saga: AnySaga, steps: readonly SagaStep[]): readonly string[] => saga.standing(sagaState(saga, steps) as never).remaining;

const movedOn = (at: string, seen: string, details: object): Refusal =>
  new Refusal('saga.moved-on', 'conflict', `The saga is at ${at}, not at ${seen}: look at it again`, { ...details });

const unknown = (saga: string, id: string): Refusal => new Refusal('saga.not-found', 'not-found', `There is no saga ${saga} ${id}`, { saga, id });
