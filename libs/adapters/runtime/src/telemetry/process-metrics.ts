import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

const SECONDS_PER_NANOSECOND = 1e-9;

/** Memory, CPU time and the event loop's delay since the last scrape. Returns the function that stops observing. */
export function observeProcess(meter: Meter): () => void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const rss = meter.createObservableGauge('process.memory.usage', { unit: 'By', description: 'Resident memory of this process' });
  const heap = meter.createObservableGauge('v8js.memory.heap.used', { unit: 'By', description: 'JavaScript heap in use' });
  const cpu = meter.createObservableCounter('process.cpu.time', { unit: 's', description: 'CPU time used' });
  const p99 = meter.createObservableGauge('nodejs.eventloop.delay.p99', {
    unit: 's',
    description: 'Event loop delay since the last scrape, 99th percentile',
  });
  const worst = meter.createObservableGauge('nodejs.eventloop.delay.max', {
    unit: 's',
    description: 'Event loop delay since the last scrape, maximum',
  });
  meter.addBatchObservableCallback(
    (result) => {
      const memory = process.memoryUsage();
      const { user, system } = process.cpuUsage();
      result.observe(rss, memory.rss);
      result.observe(heap, memory.heapUsed);
      result.observe(cpu, user / 1e6, { 'cpu.mode': 'user' });
      result.observe(cpu, system / 1e6, { 'cpu.mode': 'system' });
      result.observe(p99, delay.percentile(99) * SECONDS_PER_NANOSECOND);
      result.observe(worst, delay.max * SECONDS_PER_NANOSECOND);
      delay.reset();
    },
    [rss, heap, cpu, p99, worst],
  );
  return () => delay.disable();
}
