import type { Ownership, Part } from './intents.js';

interface Owned extends Ownership {
  /** Runs while the partition is left to a new owner; null where it is this process's. */
  readonly fenced: NodeJS.Timeout | null;
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

  /**
   * @param fencedMs how long a partition that was taken over is left to its new owner
   * @param onKept told of a partition that the bus has not taken away by then: the other owner may be gone, and what was left to it would stay where
   *   it is for as long as nothing new comes
   */
  constructor(
    private readonly fencedMs: number,
    private readonly onKept: (partition: number) => void,
  ) {}

  get(partition: number): Ownership | undefined {
    return this.owned.get(partition);
  }

  /** What was acquired. An answer that a later one has overtaken is old news: its epoch is fenced. */
  put(partition: number, ownership: Ownership): void {
    if ((this.owned.get(partition)?.epoch ?? 0) > ownership.epoch) return;
    this.drop(partition);
    this.owned.set(partition, { ...ownership, fenced: null });
  }

  drop(partition: number): void {
    clearTimeout(this.owned.get(partition)?.fenced ?? undefined);
    this.owned.delete(partition);
  }

  dropAll(): void {
    for (const partition of this.owned.keys()) this.drop(partition);
  }

  /** Leaves partitions to their new owner, unless they have been acquired anew since the epoch that was refused. */
  fence(refused: readonly { readonly partition: number; readonly epoch: number }[]): void {
    for (const { partition, epoch } of refused) {
      const owned = this.owned.get(partition);
      if (owned?.epoch !== epoch || owned.fenced) continue;
      this.owned.set(partition, { ...owned, fenced: setTimeout(() => this.onKept(partition), this.fencedMs).unref() });
    }
  }

  /** Whether an event is this process's to land: its partition is, and has not landed up to it. */
  wants(partition: number, position: number): boolean {
    const owned = this.owned.get(partition);
    return owned !== undefined && owned.fenced === null && owned.landed < position;
  }

  /** What is known of all partitions: those that have a later epoch are another owner's now. An older one is old news. */
  update(partitions: ReadonlyMap<number, Ownership>): void {
    for (const [partition, owned] of this.owned) {
      const now = partitions.get(partition);
      if (!now || now.epoch < owned.epoch) continue;
      if (now.epoch > owned.epoch) this.fence([{ partition, epoch: owned.epoch }]);
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
