import { IsCurrencyCode } from './currency.js';
import { validation } from './validation.js';

class Priced {
  @IsCurrencyCode()
  currency: string;
}

const asked = (currency: unknown): Promise<unknown> => validation().transform({ currency }, { type: 'body', metatype: Priced });

it.each(['GBP', 'EUR', 'JPY'])('%s is a currency', async (currency) => expect(await asked(currency)).toEqual({ currency }));

it.each(['QQQ', 'ZZZ', 'gbp', 'EURO', '', 7])('%j is none, which is said once and of the field', (currency) =>
  expect(asked(currency)).rejects.toMatchObject({
    kind: 'invalid',
    details: { errors: [{ field: 'currency', message: expect.stringContaining('currency must be an ISO 4217 code such as GBP') as string }] },
  }),
);
