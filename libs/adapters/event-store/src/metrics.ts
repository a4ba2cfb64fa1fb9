import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('nebulocart.event-store');
const events = meter.createCounter('nebulocart_appended_events', { description: 'Events appended' });
const duration = meter.createHistogram('nebulocart_append_duration', { description: 'Time of one append transaction', unit: 'ms' });
const sequenced = meter.createCounter('nebulocart_sequenced_events', { description: 'Events that were given a position' });
const sequencing = meter.createHistogram('nebulocart_sequencer_poll_duration', { description: 'Time of one sequencer transaction', unit: 'ms' });
const compactions = meter.createCounter('nebulocart_outbox_compactions', { description: 'Times that the outbox was drained and truncated' });

export const appends = {
  record(ms: number, count: number, context: string): void {
    events.add(count, { context });
    duration.record(ms, { context });
  },
};

export const sequencer = {
  polled(ms: number, count: number, context: string): void {
    if (count > 0) sequenced.add(count, { context });
    sequencing.record(ms, { context });
  },
  compacted(context: string): void {
    compactions.add(1, { context });
  },
};
