import type { ConsistencyToken } from '@kernel/consistency-token.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import { Watermarks, type Watermark } from '@kernel/ports/watermarks.js';
import { Refusal } from '@kernel/refusal.js';
import { setTimeout as pause } from 'node:timers/promises';
import type { Intents } from './intents.js';

const POLL_MS = 5;
/** Pause between two looks of a process that does not land and so isn't told. */
const REMOTE_POLL_MS = 25;
/** Pause where a landing of this process says when it has advanced; the next look comes then, or after this long. */
const PATIENCE_MS = 25;

/** The landing of a context as a waiting read sees it. */
export interface WaitableLanding {
  /** Lands what there is at once. */
  hurry(): void;
  /** Calls back at the next advance of the watermark; returns the unsubscribe. */
  onAdvance(listener: () => void): () => void;
}

/** Watermarks as landing keeps them in Postgres, so that they mean the same in every process. */
export class LandedWatermarks extends Watermarks {
  private looking: Promise<Map<string, number>> | null = null;

  /** @param hurryOthers asks the landing of other processes to hurry, where this one has none */
  constructor(
    private readonly intents: Intents,
    private readonly stores: EventStores,
    private readonly landingOf: (context: string) => WaitableLanding | undefined,
    private readonly hurryOthers: () => void,
  ) {
    super();
  }

  async current(): Promise<Readonly<Record<string, Watermark>>> {
    const landed = await this.intents.watermarks();
    const entries = this.stores.contexts().map(async (context) => [context, await this.of(context, landed.get(context) ?? 0)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  private async of(context: string, position: number): Promise<Watermark> {
    const log = this.stores.log(context);
    const head = await log.head();
    if (head <= position) return { position, head: position, lagMs: 0 };
    const [oldest] = await log.readAfter(position, 1);
    return { position, head, lagMs: oldest ? Math.max(Date.now() - Date.parse(oldest.recordedAt), 0) : 0 };
  }

  async waitFor(token: ConsistencyToken, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    await Promise.all(Object.entries(token).map(([context, eventId]) => this.waitForEvent(context, eventId, deadline)));
  }

  private async waitForEvent(context: string, eventId: string, deadline: number): Promise<void> {
    if (!this.stores.contexts().includes(context)) {
      throw new Refusal('consistency-token.unknown-context', 'invalid', `Consistency-Token names ${context}, which is no context`, { context });
    }
    const landing = this.landingOf(context);
    let position: number | null = null;
    for (;;) {
      position ??= await this.stores.log(context).positionOf(eventId);
      if (position !== null) {
        const landed = await (landing ? this.intents.watermarks() : this.look());
        if ((landed.get(context) ?? 0) >= position) return;
        if (landing) landing.hurry();
        else this.hurryOthers();
      }
      if (performance.now() >= deadline) throw timeout(context, eventId, position);
      if (position === null) await pause(POLL_MS);
      else await (landing ? nextAdvance(landing) : pause(REMOTE_POLL_MS));
    }
  }

  /** One look for all who wait at the time: what it finds may be a moment old, and they look again. */
  private look(): Promise<Map<string, number>> {
    return (this.looking ??= this.intents.watermarks().finally(() => (this.looking = null)));
  }
}

/** Resolves when the landing has advanced, or after a while: an advance may have come between the look and this call. */
const nextAdvance = (landing: WaitableLanding): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(done, PATIENCE_MS);
    const unsubscribe = landing.onAdvance(done);
  });

function timeout(context: string, eventId: string, position: number | null): Refusal {
  const reason = position === null ? 'is not in the log' : `at position ${position} has not landed yet`;
  return new Refusal('consistency-token.timeout', 'conflict', `event ${eventId} of ${context} ${reason}; ask again`, { context, eventId, position });
}
