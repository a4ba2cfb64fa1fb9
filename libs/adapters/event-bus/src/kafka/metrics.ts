import { metrics, type Attributes } from '@opentelemetry/api';

const meter = metrics.getMeter('nebulocart.event-bus');

export const relayed = meter.createCounter('bus_relayed_events', { description: 'Events that were sent to their topic' });
export const relayFences = meter.createCounter('bus_relay_fenced', { description: 'Times that a relay found another in its place' });
export const refilled = meter.createCounter('bus_refilled_events', { description: 'Events that the topic left out and the log gave' });
export const duplicates = meter.createCounter('bus_duplicate_messages', { description: 'Messages dropped because their position had been passed' });
export const poisoned = meter.createCounter('bus_poison_messages', { description: 'Messages on a topic of events that are no event' });
export const reconnects = meter.createCounter('bus_consumer_restarts', { description: 'Times that a consumer had to be made anew' });

/** What one subscription knows of itself when somebody looks. */
export interface Observed {
  readonly lag: ReadonlyMap<number, number>;
  readonly isPaused: boolean;
  readonly buffered: number;
}

const lagGauge = () => meter.createObservableGauge('bus_consumer_lag', { description: 'Messages of a partition that the group has not handled yet' });

/** By partition; those that it had once have none left for it: what is not told anew would be reported as it last was, for ever. */
function withThoseBefore(partitions: Set<number>, lag: ReadonlyMap<number, number>): [Attributes, number][] {
  for (const partition of lag.keys()) partitions.add(partition);
  return [...partitions].map((partition) => [{ partition: String(partition) }, lag.get(partition) ?? 0]);
}

/** Observes how far a member of a group is behind, by partition, until the returned function is called. */
export function observeLag(labels: Attributes, read: () => ReadonlyMap<number, number>): () => void {
  const lag = lagGauge();
  const known = new Set<number>();
  const callback = (result: { observe(value: number, attributes: Attributes): void }): void => {
    for (const [partition, messages] of withThoseBefore(known, read())) result.observe(messages, { ...labels, ...partition });
  };
  lag.addCallback(callback);
  return () => lag.removeCallback(callback);
}

/** Observes a subscription until the returned function is called. */
export function observeSubscription(labels: Attributes, read: () => Observed): () => void {
  const lag = lagGauge();
  const known = new Set<number>();
  const paused = meter.createObservableGauge('bus_consumer_paused', { description: '1 while a consumer takes no more in than it has' });
  const assigned = meter.createObservableGauge('bus_consumer_assigned', {
    description: 'Partitions that a consumer has; those of a group that none of ours has are with nobody, or with a stranger',
  });
  const buffered = meter.createObservableGauge('bus_consumer_buffered', { description: 'Messages that a consumer holds ready' });
  type Result = { observe(gauge: typeof lag, value: number, attributes: Attributes): void };
  const callback = (result: Result): void => {
    const now = read();
    for (const [partition, messages] of withThoseBefore(known, now.lag)) result.observe(lag, messages, { ...labels, ...partition });
    result.observe(assigned, now.lag.size, labels);
    result.observe(paused, Number(now.isPaused), labels);
    result.observe(buffered, now.buffered, labels);
  };
  meter.addBatchObservableCallback(callback, [lag, paused, assigned, buffered]);
  return () => meter.removeBatchObservableCallback(callback, [lag, paused, assigned, buffered]);
}

/** Positions that a log has and its topic does not yet have. */
export function observeRelay(context: string, read: () => number): () => void {
  const behind = meter.createObservableGauge('bus_relay_lag', {
    description: 'Positions of the log that are not on the topic yet, as its relay knows',
  });
  const callback = (result: { observe(value: number, attributes: Attributes): void }): void => result.observe(read(), { context });
  behind.addCallback(callback);
  return () => behind.removeCallback(callback);
}
