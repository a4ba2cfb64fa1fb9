import { setTimeout as pause } from 'node:timers/promises';

/** A pause that can be cut short; a wake-up that nobody waits for is kept for the next pause. */
export class Pacer {
  private nudge = new AbortController();

  wake(): void {
    this.nudge.abort();
  }

  async pause(ms: number): Promise<void> {
    const { signal } = this.nudge;
    await pause(ms, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) this.nudge = new AbortController();
  }
}
