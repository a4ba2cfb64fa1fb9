import { reachOf } from './recovery.mjs';

const fault = (recovery: string) => ({ recovery });

describe('how soon it works again after a wave', () => {
  it.each<[readonly string[], number | undefined]>([
    [['process'], 15],
    [['broker'], 30],
    [['link', 'broker', 'process'], 30],
    [['process', 'none'], undefined],
  ])('of %j is within %s s', (recoveries, reach) => {
    expect(reachOf(recoveries.map(fault))).toBe(reach);
  });
});
