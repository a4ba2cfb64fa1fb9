import { expectAtRest, expectSound } from '@testing/saga-world-invariants.js';
import { SagaWorld, type Scenario } from '@testing/saga-world.js';
import { STORIES, type Token } from '@testing/saga-world-provider.js';
import fc from 'fast-check';
import { fulfilment } from './fulfil-order.saga.js';
import { takingBack } from './take-back-goods.saga.js';

const SKUS = ['A', 'B', 'C'];
const line = fc.record({
  sku: fc.constantFrom(...SKUS),
  quantity: fc.integer({ min: 1, max: 3 }),
  unitPrice: fc.constantFrom('0.00', '1.00', '2.50', '9.99'),
});
const order = fc.record({
  lines: fc.array(line, { minLength: 1, maxLength: 3 }),
  token: fc.constantFrom(...(Object.keys(STORIES) as Token[])),
  shipping: fc.constantFrom(null, '3.95'),
  tax: fc.constantFrom(null, '1.01'),
  losesRest: fc.boolean(),
});
const scenario = ({ meddling }: Pick<Scenario, 'meddling'>): fc.Arbitrary<Scenario> =>
  fc.record({
    stock: fc.record(Object.fromEntries(SKUS.map((sku) => [sku, fc.integer({ min: 1, max: 15 })]))),
    orders: fc.array(order, { minLength: 1, maxLength: 4 }),
    choices: fc.array(fc.nat(), { maxLength: 400, size: 'max' }),
    deadlineSeconds: fc.integer({ min: 1, max: 900 }),
    forgetful: fc.boolean(),
    meddling: fc.constant(meddling),
  });

async function live(scene: Scenario): Promise<SagaWorld> {
  const world = new SagaWorld(scene, [fulfilment({ paymentDeadlineSeconds: scene.deadlineSeconds }), takingBack]);
  await world.run(() => expectSound(world));
  return world;
}

const expectWorlds = (kind: Pick<Scenario, 'meddling'>, numRuns: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(scenario(kind), async (scene) => expectAtRest(await live(scene))),
    // Whoever sees it fail wants the smallest world that can be had in the time of a test.
    { numRuns, interruptAfterTimeLimit: 45_000, markInterruptAsFailure: false },
  );

describe('whatever is delivered late, twice or in another order, and whatever people do meanwhile', () => {
  it('every saga ends, stock and money add up, and nothing is sold twice', () => expectWorlds({ meddling: false }, 1_000));

  it('nothing goes out unsecured or is paid twice, whatever operators confirm and vouch for', () => expectWorlds({ meddling: true }, 400));
});
