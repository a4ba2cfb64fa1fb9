import { Intents, type Intent, type Progress } from '@adapters/read-store/src/landing/intents.js';

/** Postgres goes away for good between the insert and its done mark. */
export class DyingIntents extends Intents {
  isDead = false;
  override async finish(intent: Intent): Promise<Progress> {
    if (this.isDead) throw new Error('the process is dead');
    return super.finish(intent);
  }
  override async acquire(...given: Parameters<Intents['acquire']>): ReturnType<Intents['acquire']> {
    if (this.isDead) throw new Error('the process is dead');
    return super.acquire(...given);
  }
}

/** Holds a step of an owner up until the test lets it go. */
export class Slow {
  private release: () => void = () => undefined;
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));
  isWaiting = false;
  isOn = false;
  async wait(): Promise<void> {
    if (!this.isOn) return;
    this.isWaiting = true;
    await this.released;
  }
  go(): void {
    this.isOn = false;
    this.release();
  }
}
