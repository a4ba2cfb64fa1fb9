import { metrics } from '@opentelemetry/api';
import type { DeadLetterCount } from './dead-letter-rows.js';

/** Observes what is parked and held, by context and kind, until the returned function is called. */
export function observeDeadLetters(read: () => Promise<readonly DeadLetterCount[]>): () => void {
  const gauge = metrics.getMeter('nebulocart.dead-letters').createObservableGauge('nebulocart_dead_letters', {
    description: 'What could not be processed and waits for an operator: parked, or held behind what is',
  });
  const callback = async (result: { observe(value: number, attributes: Record<string, string>): void }): Promise<void> => {
    for (const { context, kind, state, count } of await read()) result.observe(count, { context, kind, state });
  };
  gauge.addCallback(callback);
  return () => gauge.removeCallback(callback);
}
