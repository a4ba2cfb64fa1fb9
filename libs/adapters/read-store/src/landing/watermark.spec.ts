import fc from 'fast-check';
import { watermarkOf } from './watermark.js';

it.each([
  ['a single partition has landed', [7], { position: 7, last: [7] }, 7],
  ['nothing was published', [0, 0], { position: 0, last: [0, 0] }, 0],
  ['a partition is behind what was published of it', [9, 3], { position: 9, last: [9, 8] }, 3],
  ['every partition has landed what was published', [9, 8], { position: 9, last: [9, 8] }, 9],
  ['a partition has nothing', [9, 0], { position: 9, last: [9, 0] }, 9],
  ['partitions are ahead of what is known to be published', [12, 11], { position: 9, last: [9, 8] }, 11],
  ['one is ahead of what is known to be published, and one is not', [12, 8], { position: 9, last: [9, 8] }, 9],
  ['nothing is known to be published yet', [12, 11], { position: 0, last: [] }, 11],
])('where %s', (_, landed, published, expected) => {
  expect(watermarkOf(landed, published)).toBe(expected);
});

/** One step of a topic's life: a partition lands some more, the relay notes how far it is, or someone looks at one side. */
type Step = { readonly land: number; readonly count: number } | { readonly publish: number } | { readonly look: 'landed' | 'published' };

const PARTITIONS = 4;
const life = fc.record({
  /** The partition of every position, from 1. */
  log: fc.array(fc.nat(PARTITIONS - 1), { minLength: 1, maxLength: 40 }),
  steps: fc.array(
    fc.oneof(
      fc.record({ land: fc.nat(PARTITIONS - 1), count: fc.integer({ min: 1, max: 10 }) }),
      fc.record({ publish: fc.integer({ min: 1, max: 10 }) }),
      fc.record({ look: fc.constantFrom('landed' as const, 'published' as const) }),
    ),
    { maxLength: 80 },
  ),
});

/** A topic as its projectors and its relay see it, each at its own pace, with what a reader last saw of each. */
class Topic {
  readonly ledger = new Set<number>();
  landed = Array<number>(PARTITIONS).fill(0);
  published = { position: 0, last: Array<number>(PARTITIONS).fill(0) };
  seen = { landed: this.landed, published: this.published };

  constructor(private readonly log: readonly number[]) {}

  step(step: Step): void {
    if ('land' in step) this.land(step.land, step.count);
    else if ('publish' in step) this.publish(step.publish);
    else if (step.look === 'landed') this.seen.landed = [...this.landed];
    else this.seen.published = this.published;
  }

  /** What is in the topic is landed whether the relay has noted it or not. */
  land(partition: number, count: number): void {
    for (let position = this.landed[partition]! + 1, left = count; position <= this.log.length && left > 0; position++) {
      if (this.log[position - 1] !== partition) continue;
      this.ledger.add(position);
      this.landed[partition] = position;
      left -= 1;
    }
  }

  publish(count: number): void {
    const position = Math.min(this.published.position + count, this.log.length);
    const last = this.published.last.map((_, partition) => this.log.slice(0, position).lastIndexOf(partition) + 1);
    this.published = { position, last };
  }
}

it('is never beyond what has landed, however partitions, the relay and who looks at them interleave', () => {
  fc.assert(
    fc.property(life, ({ log, steps }) => {
      const topic = new Topic(log);
      for (const step of steps) {
        topic.step(step);
        const watermark = watermarkOf(topic.seen.landed, topic.seen.published);
        for (let position = 1; position <= watermark; position++) expect(topic.ledger).toContain(position);
      }
    }),
    { numRuns: 500 },
  );
});

it('reaches the end of the log once all of it is published and has landed', () => {
  fc.assert(
    fc.property(life, ({ log, steps }) => {
      const topic = new Topic(log);
      steps.forEach((step) => topic.step(step));
      for (let partition = 0; partition < PARTITIONS; partition++) topic.land(partition, log.length);
      topic.publish(log.length);
      expect(watermarkOf(topic.landed, topic.published)).toBe(log.length);
    }),
  );
});
