import type { Ownership, Part } from './intents.js';

/**
 * How long events of a partition that was taken over are left to its new owner, ms. A bus that still delivers them after that means that the
 * partition is this process's again: longer than a broker takes to notice that a member is gone.
 */
const FENCED_MS = 15_000;

interface Owned extends Ownership {
  readonly fencedAt: number | null;
}

/** Where an event came from. */
interface Place {
  readonly partition: number;
  readonly offset: number;
  readonly event: { readonly position: number };
}

/** The partitions that are this process's, as far as it knows. */
export class OwnedPartitions {
  private readonly owned = new Map<number, Owned>();

  get(partition: number): Ownership | undefined {
    return this.owned.get(partition);
  }

  put(partition: number, ownership: Ownership): void {
    this.owned.set(partition, { ...ownership, fencedAt: null });
  }

  drop(partition: number): void {
    this.owned.delete(partition);
  }

  fence(partitions: readonly number[]): void {
    for (const partition of partitions) {
      const owned = this.owned.get(partition);
      if (owned && owned.fencedAt === null) this.owned.set(partition, { ...owned, fencedAt: performance.now() });
    }
  }

  /**
   * Whether an event is this process's to land.
   * @throws Error where a partition that was taken over is still given to this process: it must be acquired anew
   */
  wants(partition: number, position: number): boolean {
    const owned = this.owned.get(partition);
    if (!owned) return false;
    if (owned.fencedAt === null) return position > owned.landed;
    if (performance.now() - owned.fencedAt < FENCED_MS) return false;
    throw new Error(`partition ${partition} was taken over, but the bus still gives it to this process`);
  }

  /** Whether a partition is this process's and has not landed up to a position. */
  isBehind(partition: number, position: number): boolean {
    const owned = this.owned.get(partition);
    return owned !== undefined && owned.fencedAt === null && owned.landed < position;
  }

  /** What is known of all partitions: those that have a later epoch are another owner's now. An older one is old news. */
  update(partitions: ReadonlyMap<number, Ownership>): void {
    for (const [partition, owned] of this.owned) {
      const now = partitions.get(partition);
      if (!now || now.epoch < owned.epoch) continue;
      if (now.epoch > owned.epoch) this.fence([partition]);
      else this.owned.set(partition, { ...owned, landed: Math.max(owned.landed, now.landed) });
    }
  }

  /** The parts of a block, by partition; places are in order of position. */
  partsOf(places: readonly Place[]): Part[] {
    const parts = new Map<number, Part>();
    for (const { partition, offset, event } of places) {
      const { epoch, landed } = this.owned.get(partition)!;
      const part = parts.get(partition) ?? { firstOffset: offset, firstPosition: event.position, rowCount: 0 };
      const { firstOffset, firstPosition, rowCount } = part;
      parts.set(partition, {
        partition,
        epoch,
        landed,
        firstOffset,
        lastOffset: offset,
        firstPosition,
        lastPosition: event.position,
        rowCount: rowCount + 1,
      });
    }
    return [...parts.values()];
  }
}
