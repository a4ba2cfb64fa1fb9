import { Gate } from '@adapters/read-store/src/landing/gate.js';
import { newProcess } from './fleet.js';
import type { LedgerStore } from './ledger-store.js';
import { analyticsOf, intentsOf, type Engines } from './roles.js';

/** Makes a new generation of the read model while others land, as a process that answers does: behind the closed gate its views, after it what was before. */
export class GateKeeper {
  private made = 0;

  constructor(private readonly engines: Engines) {}

  start(): void {
    const { world } = this.engines;
    this.made += 1;
    const name = `generation-${this.made}`;
    const process = newProcess(world, name);
    process.run(() => {
      void this.make(name).catch((error: unknown) => {
        world.tell(() => `${name} is given up: ${String(error)}`, name);
        this.discard(this.engines.store, name);
      });
    });
  }

  private async make(name: string): Promise<void> {
    const { world, clickhouse, store, tables } = this.engines;
    const gate = new Gate(analyticsOf(this.engines), intentsOf(this.engines));
    const { lastIntent } = await gate.whileClosed(async (standstill) => {
      tables.isStandstill = true;
      try {
        await world.call(
          clickhouse,
          () => `create ${name} for what comes after intent ${standstill.lastIntent}`,
          () => void store.createView(name, standstill.lastIntent),
        );
        return standstill;
      } finally {
        tables.isStandstill = false;
      }
    });
    await world.call(
      clickhouse,
      () => `fill ${name} up to intent ${lastIntent}`,
      () => store.backfill(name),
    );
  }

  private discard({ views }: LedgerStore, name: string): void {
    const index = views.findIndex((view) => view.name === name);
    if (index >= 0) views.splice(index, 1);
  }
}
