import { metrics } from '@opentelemetry/api';
import type { StepPlan } from './plan-steps.js';

const meter = metrics.getMeter('nebulocart.sagas');
const steps = meter.createCounter('nebulocart_saga_steps', { description: 'Steps that sagas took' });
const batches = meter.createHistogram('nebulocart_saga_batch_duration', {
  description: 'From a batch of messages to the stored steps',
  unit: 's',
  advice: { explicitBucketBoundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5] },
});
const parkedMessages = meter.createCounter('nebulocart_saga_parked_messages', {
  description: 'Messages that sagas could not process, and those held behind them',
});
const deadlines = meter.createCounter('nebulocart_saga_deadlines_fired', { description: 'Deadlines that were reached while they counted' });
const commands = meter.createCounter('nebulocart_saga_commands', {
  description: 'Commands of sagas, by what became of them: accepted, refused, repeated, retried or parked',
});

const received = meter.createCounter('nebulocart_commands_received', {
  description: 'Commands that sagas of other processes sent to a context, by whether they were new: true, or false for another delivery',
});

export type CommandFate = 'accepted' | 'refused' | 'repeated' | 'retried' | 'parked';

export const sagaMetrics = {
  /** A counter that is absent until the first trouble cannot be watched for it. */
  begin(sagas: readonly string[]): void {
    for (const saga of sagas) parkedMessages.add(0, { saga });
  },
  stepped({ steps: taken, writes }: StepPlan, ms: number): void {
    batches.record(ms / 1_000);
    for (const step of taken) {
      steps.add(1, { saga: step.saga });
      if (step.on.type.startsWith('deadline.')) deadlines.add(1, { saga: step.saga, deadline: step.on.type.slice('deadline.'.length) });
    }
    for (const { saga } of writes.parked ?? []) parkedMessages.add(1, { saga });
  },
  received(context: string, fresh: number, repeated: number): void {
    received.add(fresh, { context, fresh: true });
    received.add(repeated, { context, fresh: false });
  },
  commands(fate: CommandFate, context: string, count = 1): void {
    if (count > 0) commands.add(count, { context, fate });
  },
};

export interface SagaCounts {
  readonly byStatus: readonly { readonly saga: string; readonly status: string; readonly count: number }[];
  readonly stuck: readonly { readonly saga: string; readonly count: number }[];
}

/** Observes how many sagas have not ended, by status, and how many of them are stuck, until the returned function is called. */
export function observeSagas(read: () => Promise<SagaCounts>): () => void {
  const alive = meter.createObservableGauge('nebulocart_sagas', { description: 'Sagas that have not ended' });
  const stuck = meter.createObservableGauge('nebulocart_sagas_stuck', {
    description: 'Sagas that wait for an operator, or are slower than SAGA_STUCK_SECONDS',
  });
  const callback = async (result: { observe(gauge: typeof alive, value: number, attributes: Record<string, string>): void }): Promise<void> => {
    const counts = await read();
    for (const { saga, status, count } of counts.byStatus) result.observe(alive, count, { saga, status });
    for (const { saga, count } of counts.stuck) result.observe(stuck, count, { saga });
  };
  meter.addBatchObservableCallback(callback, [alive, stuck]);
  return () => meter.removeBatchObservableCallback(callback, [alive, stuck]);
}
