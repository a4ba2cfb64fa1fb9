import { ApiProperty } from '@nestjs/swagger';
import type { Watermarks } from '@kernel/ports/watermarks.js';

/** How much of a context the answer knows. */
export class FreshnessView {
  @ApiProperty({ description: 'Every event up to this position of the context’s log is in the answer', example: 12_795 })
  position: number;

  @ApiProperty({ description: 'How long the oldest event that is not in it has waited, ms', example: 0 })
  lagMs: number;
}

/** Freshness by context. Taken before a question is asked, so that the answer knows at least as much. */
export async function freshnessOf(watermarks: Watermarks): Promise<Record<string, FreshnessView>> {
  const current = await watermarks.current();
  return Object.fromEntries(Object.entries(current).map(([context, { position, lagMs }]) => [context, { position, lagMs }]));
}
