import type { Watermark, Watermarks } from '@kernel/ports/watermarks.js';

/** Longest time an engine may take to answer before it counts as away, ms. */
const PATIENCE_MS = 2_000;

/** Something that must answer for the server to be of use. */
export interface Engine {
  readonly name: string;
  /** Resolves when it answers. */
  ping(): Promise<unknown>;
}

export interface EngineReport {
  readonly status: 'up' | 'down';
  readonly ms: number;
  readonly reason?: string;
}

export interface ReadinessReport {
  readonly status: 'ready' | 'not-ready' | 'stopping';
  readonly engines: Readonly<Record<string, EngineReport>>;
  /** By context: how far the read models have seen its log; empty while that cannot be told. */
  readonly watermarks: Readonly<Record<string, Watermark>>;
}

/** Whether requests should come here; its own injection token. */
export class Readiness {
  private stopping = false;

  constructor(
    private readonly engines: readonly Engine[],
    /** Null where this process shows no read model. */
    private readonly watermarks: Watermarks | null,
  ) {}

  /** Says from now on that the server stops, so that a balancer sends nothing new. */
  markStopping(): void {
    this.stopping = true;
  }

  async report(): Promise<ReadinessReport> {
    const [engines, watermarks] = await Promise.all([
      Promise.all(this.engines.map(async (engine) => [engine.name, await ask(engine)] as const)),
      this.watermarks ? withPatience(this.watermarks.current()).catch(() => null) : {},
    ]);
    const ready = watermarks !== null && engines.every(([, { status }]) => status === 'up');
    return { status: this.stopping ? 'stopping' : ready ? 'ready' : 'not-ready', engines: Object.fromEntries(engines), watermarks: watermarks ?? {} };
  }
}

async function ask(engine: Engine): Promise<EngineReport> {
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  try {
    await withPatience(engine.ping());
    return { status: 'up', ms: elapsed() };
  } catch (error) {
    return { status: 'down', ms: elapsed(), reason: (error as Error).message };
  }
}

/** Rejects where the work takes longer than an engine may: a hung engine must not hang the probe. */
async function withPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
  }
}
