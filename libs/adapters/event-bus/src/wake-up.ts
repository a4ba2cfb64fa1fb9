/** A pause that can be cut short; a wake-up that nobody waits for is kept for the next pause. */
export class WakeUp {
  private pending = false;
  private release: (() => void) | null = null;

  wake(): void {
    this.pending = true;
    this.release?.();
  }

  /** Resolves after `ms`, or at the next wake-up. */
  async pause(ms: number): Promise<void> {
    if (!this.pending && ms > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.release = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.release = null;
    }
    this.pending = false;
  }
}
