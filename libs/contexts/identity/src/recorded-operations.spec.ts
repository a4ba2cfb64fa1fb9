import { Logger } from '@nestjs/common';
import type { AppendRequest, EventStores } from '@kernel/ports/event-store.js';
import { Refusal } from '@kernel/refusal.js';
import { identityEvents } from './contract/events.js';
import { RecordedOperations } from './recorded-operations.js';

const schema = identityEvents.find(({ type }) => type === 'identity.OperationRecorded')!.schema;

/** Operations of a process whose store has these appends, by their number from 1, fail. */
function operations(...failing: number[]) {
  const recorded: { stream: string; expectedVersion: number; data: Record<string, unknown> }[] = [];
  let appends = 0;
  const append = async ({ streams: [{ stream, expectedVersion, events }] }: { streams: [AppendRequest['streams'][0]] }) => {
    if (failing.includes(++appends)) throw new Error('no database');
    recorded.push({ stream, expectedVersion, data: schema.parse(events[0]!.data) as Record<string, unknown> });
  };
  return { recorded, log: new RecordedOperations({ store: () => ({ append }) } as unknown as EventStores) };
}

beforeEach(() => Logger.overrideLogger(false));

it('is told before it begins, and once more when it is done', async () => {
  const { recorded, log } = operations();
  const before: unknown[] = [];
  const result = await log.record('purge-cache', 'catalog:list:*', async () => before.push(...recorded.map(({ data }) => data['outcome'])));
  expect([result, before]).toEqual([1, ['begun']]);
  const told = { operation: 'purge-cache', target: 'catalog:list:*', code: null };
  expect(recorded).toEqual([
    { stream: expect.stringMatching(/^operation-/), expectedVersion: 0, data: { ...told, outcome: 'begun' } },
    { stream: recorded[0]!.stream, expectedVersion: 1, data: { ...told, outcome: 'done' } },
  ]);
});

it('has a stream of its own', async () => {
  const { recorded, log } = operations();
  await Promise.all([log.record('audit', 'figures', async () => 1), log.record('audit', 'figures', async () => 2)]);
  expect(new Set(recorded.map(({ stream }) => stream)).size).toBe(2);
});

it.each([
  ['refused', new Refusal('read-model.busy', 'conflict', 'It is being rebuilt'), 'read-model.busy'],
  ['failed', new Error('a disk is full'), null],
])('is %s with what it throws', async (outcome, error, code) => {
  const { recorded, log } = operations();
  await expect(log.record('rebuild-read-model', 'sales', () => Promise.reject(error))).rejects.toBe(error);
  expect(recorded.map(({ data }) => [data['outcome'], data['code']])).toEqual([
    ['begun', null],
    [outcome, code],
  ]);
});

it('is not begun where that cannot be told', async () => {
  const { recorded, log } = operations(1);
  let begun = false;
  await expect(log.record('audit', 'figures', async () => void (begun = true))).rejects.toThrow('no database');
  expect([begun, recorded]).toEqual([false, []]);
});

it('stays told as begun, and is answered as it ended, where its outcome cannot be told', async () => {
  const { recorded, log } = operations(2);
  expect(await log.record('audit', 'figures', async () => 'certified')).toBe('certified');
  expect(recorded.map(({ data }) => data['outcome'])).toEqual(['begun']);
});

it('keeps so much of a target, as text that can be stored', async () => {
  const { recorded, log } = operations();
  await log.record('purge-cache', `${'x'.repeat(199)}😀`, async () => undefined);
  expect(recorded[0]!.data['target']).toBe(`${'x'.repeat(199)}\ufffd`);
});
