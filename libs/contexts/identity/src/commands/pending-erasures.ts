import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Erasures } from './erasures.js';

const EVERY_MS = 10_000;

/** Completes, at the start and from time to time, the erasures that were begun and not completed: by a crash, here or in another process. */
@Injectable()
export class PendingErasures implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PendingErasures.name);
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly erasures: Erasures) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.complete();
    this.timer = setInterval(() => void (this.turn = this.turn.then(() => this.complete())), EVERY_MS);
    this.timer.unref();
  }

  /** Waits for the turn in hand, since its database is closed next. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.turn;
  }

  /** What fails is tried again at the next turn: its row stays pending. */
  private async complete(): Promise<void> {
    try {
      const completed = await this.erasures.completePending();
      if (completed > 0) this.logger.warn(`${completed} erasures that were begun are complete now`);
    } catch (error) {
      this.logger.error({ err: error }, 'completing erasures failed');
    }
  }
}
