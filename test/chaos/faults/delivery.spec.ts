import { newest } from './delivery.mjs';

it('takes what came last of every partition, and not of the last one alone', () => {
  const messages = [0, 1, 2].flatMap((partition) => [10, 20, 30].map((at) => ({ partition, raw: { timestamp: String(at + partition) } })));
  expect(newest(messages, 3).map(({ partition }) => partition)).toEqual([0, 1, 2]);
});
