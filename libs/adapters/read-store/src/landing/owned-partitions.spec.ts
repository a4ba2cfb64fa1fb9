import { eventually } from '@testing/eventually.js';
import { OwnedPartitions } from './owned-partitions.js';

let kept: number[];
let owned: OwnedPartitions;
const of = (fencedMs: number): OwnedPartitions => new OwnedPartitions(fencedMs, (partition) => kept.push(partition));
beforeEach(() => {
  kept = [];
  owned = of(60_000);
});
afterEach(() => owned.dropAll());

it('wants what a partition of its own has not landed', () => {
  owned.put(1, { epoch: 2, landed: 10 });
  expect([owned.wants(1, 10), owned.wants(1, 11), owned.wants(2, 11)]).toEqual([false, true, false]);
});

it('keeps the later of two acquisitions whose answers come in the wrong order', () => {
  owned.put(1, { epoch: 3, landed: 10 });
  owned.put(1, { epoch: 2, landed: 8 });
  owned.update(new Map([[1, { epoch: 3, landed: 10 }]]));
  expect(owned.get(1)).toMatchObject({ epoch: 3, landed: 10 });
  expect(owned.wants(1, 11)).toBe(true);
});

it('leaves a partition to its new owner, unless it was acquired anew since', () => {
  owned.put(1, { epoch: 2, landed: 10 });
  owned.put(2, { epoch: 5, landed: 10 });
  owned.fence([
    { partition: 1, epoch: 2 },
    { partition: 2, epoch: 4 },
  ]);
  expect([owned.wants(1, 11), owned.wants(2, 11)]).toEqual([false, true]);
  owned.put(1, { epoch: 4, landed: 20 });
  expect(owned.wants(1, 21)).toBe(true);
});

it('tells of a partition that the bus has not taken away after a while, and of no other', async () => {
  owned = of(10);
  for (const partition of [1, 2, 3, 4]) owned.put(partition, { epoch: 2, landed: 10 });
  owned.update(new Map([1, 2, 3].map((partition) => [partition, { epoch: 3, landed: 20 }])));
  owned.drop(2);
  owned.put(3, { epoch: 4, landed: 20 });
  await eventually(() => expect(kept).toEqual([1]));
});
