import { validation } from '@adapters/runtime/src/http/validation.js';
import { PlaceOrderBody } from './place-order.body.js';

const asked = (country: unknown): Promise<PlaceOrderBody> =>
  validation().transform({ lines: [{ sku: 'MUG', quantity: 1 }], country }, { type: 'body', metatype: PlaceOrderBody });

describe('the country of an order', () => {
  it.each([
    'GB',
    'U.K.',
    'United Kingdom',
    'Côte d’Ivoire',
    "Cote d'Ivoire",
    'Re\u0301union',
    'Antigua & Barbuda',
    'Cocos (Keeling) Islands',
    '日本',
  ])('can be called %s', async (country) => expect(await asked(country)).toMatchObject({ country }));

  it.each(['', 'G', '*', '1st', '<b>', 'United\nKingdom', 'x'.repeat(61), null, 7])('cannot be called %j', async (country) =>
    expect(asked(country)).rejects.toMatchObject({
      kind: 'invalid',
      details: { errors: expect.arrayContaining([expect.objectContaining({ field: 'country' })]) },
    }),
  );
});
