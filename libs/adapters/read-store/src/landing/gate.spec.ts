import { LandingTables } from '@testing/simulation/landing-tables.js';
import { Gate } from './gate.js';
import { Intents } from './intents.js';

/** Postgres that is gone for so many statements that open the gate. */
class FalteringTables extends LandingTables {
  failures = 0;
  override execute(text: string, values: readonly unknown[]): ReturnType<LandingTables['execute']> {
    if (text.includes('SET holder = NULL') && this.failures > 0) {
      this.failures -= 1;
      throw new Error('the connection was lost');
    }
    return super.execute(text, values);
  }
}

it('opens the gate although Postgres is gone for a moment: landing must not wait until the hold runs out', async () => {
  const tables = new FalteringTables(() => Date.now());
  tables.failures = 2;
  expect(await new Gate(tables, new Intents(tables)).whileClosed(async () => tables.isGateClosed)).toBe(true);
  expect(tables.isGateClosed).toBe(false);
});

it('opens it after work that failed, whose error is told', async () => {
  const tables = new FalteringTables(() => Date.now());
  tables.failures = 1;
  const work = async (): Promise<void> => {
    throw new Error('the work failed');
  };
  await expect(new Gate(tables, new Intents(tables)).whileClosed(work)).rejects.toThrow('the work failed');
  expect(tables.isGateClosed).toBe(false);
});

it('does not call done what was done while the hold had run out', async () => {
  let late = 0;
  const tables = new FalteringTables(() => Date.now() + late);
  const gate = new Gate(tables, new Intents(tables));
  const stopped = async (): Promise<void> => void (late += 13_000);
  await expect(gate.whileClosed(stopped)).rejects.toMatchObject({ code: 'landing.gate-lost', kind: 'unavailable' });
  expect(tables.isGateClosed).toBe(false);
  expect(await gate.whileClosed(async () => 'done')).toBe('done');
});
