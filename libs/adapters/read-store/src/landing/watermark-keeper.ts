import { Logger } from '@nestjs/common';
import type { EventBus } from '@kernel/ports/event-bus.js';
import type { Intents } from './intents.js';
import { Pacer } from './pacer.js';
import { watermarkOf } from './watermark.js';

const FIRST_MS = 10;
/** Longest pause while what has landed is beyond the watermark: the relay's word for it is a moment late, or another partition's owner is. */
const BEHIND_MS = 250;
/** Pause where nothing is beyond it: other processes land as well, and may not live to tell. */
const IDLE_MS = 1_000;

export interface KeeperParts {
  readonly intents: Intents;
  readonly bus: EventBus;
}

/** Keeps the watermark of a topic of several partitions up with what they have landed, whoever lands them. */
export class WatermarkKeeper {
  private readonly logger = new Logger(WatermarkKeeper.name);
  private readonly pacer = new Pacer();
  private running: Promise<void> = Promise.resolve();
  private stopping = false;
  watermark = 0;

  constructor(
    private readonly context: string,
    private readonly parts: KeeperParts,
    private readonly onAdvance: () => void,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Something has landed, or someone waits for it. */
  wake(): void {
    this.pacer.wake();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.pacer.wake();
    await this.running;
  }

  /** Moves the watermark once; whether it is still behind what has landed. */
  async advance(): Promise<boolean> {
    const { intents, bus } = this.parts;
    const progress = await intents.progress(this.context);
    const published = await bus.published(this.context);
    const landed = Array.from(
      { length: bus.partitions(this.context) },
      (_, partition) => progress.partitions.get(partition)?.landed ?? progress.watermark,
    );
    const next = watermarkOf(landed, published);
    const reached = next > progress.watermark ? await intents.advance(this.context, next) : progress.watermark;
    const advanced = reached > this.watermark;
    this.watermark = Math.max(this.watermark, reached);
    if (advanced) this.onAdvance();
    return reached < Math.max(...landed);
  }

  private async run(): Promise<void> {
    let behindMs = FIRST_MS;
    while (!this.stopping) {
      const before = this.watermark;
      const isBehind = await this.advance().catch((error: unknown) => {
        this.logger.warn(`${this.context}: the watermark stays where it is for now: ${String(error)}`);
        return false;
      });
      behindMs = this.watermark > before ? FIRST_MS : Math.min(behindMs * 2, BEHIND_MS);
      await this.pacer.pause(isBehind ? behindMs : IDLE_MS);
    }
  }
}
