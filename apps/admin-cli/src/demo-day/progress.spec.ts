import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { DayProgress } from './progress.js';
import { DayTally } from './tally.js';

function progressOn(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY });
  let shown = '';
  stream.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  const tally = new DayTally();
  tally.count('place', undefined);
  tally.count('place', 'catalog.out-of-stock');
  tally.decided('confirmed', 'placed');
  tally.decided('cancelled', 'confirmed');
  const clock = { now: () => 12.5 * 3_600_000 };
  const progress = new DayProgress({ clock, tally, inFlight: () => Promise.resolve(3), stream: stream as unknown as NodeJS.WriteStream });
  return { progress, tally, shown: () => shown };
}

const LINE = '12:30 | 1 orders | 0 confirmed | 1 cancelled | 1 out of stock | 0 parcels | 0 returned | ? sagas in flight';

describe('the progress of a day', () => {
  it('is one line that moves on a terminal, which what is said does not break', async () => {
    const { progress, shown } = progressOn(true);
    progress.say('The server is back.');
    progress.stop();
    await pause(0);
    expect(shown()).toBe(`\r\x1b[K${LINE}\r\x1b[KThe server is back.\n\r\x1b[K${LINE}\n`);
  });

  it("is a line for each of the shop's hours elsewhere", async () => {
    const { progress, shown } = progressOn(false);
    progress.stop();
    await pause(0);
    expect(shown()).toBe(`${LINE}\n${LINE}\n`);
  });

  it('counts the refusals that a day does not bring about', () => {
    const { progress, tally } = progressOn(false);
    progress.stop();
    tally.count('cancel', 'ordering.order-not-cancellable');
    tally.count('ship', 'ordering.order-not-shippable');
    tally.count('ship', 'ordering.order-not-shippable');
    expect([...tally.unexpected]).toEqual([['ship: ordering.order-not-shippable', 2]]);
  });
});
