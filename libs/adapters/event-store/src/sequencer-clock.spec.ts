import { jest } from '@jest/globals';
import { eventually } from '@testing/eventually.js';
import type { ContextDatabase } from './context-database.js';
import { Sequencer } from './sequencer.js';

const HOUR_MS = 3_600_000;

it('takes over from one that died, although its own clock was set back meanwhile', async () => {
  let isHeld = true;
  let asked = 0;
  const sequenced: number[] = [];
  const query = async ({ name }: { name: string }, [first]: readonly unknown[]) => {
    if (name.endsWith('.lease')) return ((asked += 1), isHeld ? [] : [{ n: '2' }]);
    if (name.endsWith('.sequence')) return (sequenced.push(Number(first)), [{ n: '0' }]);
    return [{ n: '1' }];
  };
  const sequencer = new Sequencer({ context: 'ordering', query } as unknown as ContextDatabase, { owner: 'standby' });
  sequencer.start();
  try {
    await eventually(async () => expect(asked).toBeGreaterThan(0));
    const now = Date.now() - HOUR_MS;
    jest.spyOn(Date, 'now').mockReturnValue(now);
    isHeld = false;
    const until = performance.now() + 3_000;
    while (sequenced.length === 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sequenced[0]).toBe(2);
  } finally {
    jest.restoreAllMocks();
    await sequencer.stop();
  }
});
