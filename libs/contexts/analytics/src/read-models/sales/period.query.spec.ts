import { validation } from '@adapters/runtime/src/http/validation.js';
import { GetSalesQuery } from './get-sales.query.js';
import { GetTopProductsQuery } from './get-top-products.query.js';

const fieldsOf = (metatype: typeof GetSalesQuery | typeof GetTopProductsQuery, query: object) =>
  validation()
    .transform(query, { type: 'query', metatype })
    .then(
      () => [],
      ({ details }: { details: { errors: { field: string }[] } }) => details.errors.map(({ field }) => field),
    );

describe('a question about sales', () => {
  it.each<[object, string[]]>([
    [{}, []],
    [{ from: '2011-03-27', to: '2011-03-27T14:30', timezone: 'europe/london' }, []],
    [{ from: '2011-03-27T13:30:00Z' }, []],
    [{ grain: 'decade', timezone: 'Mars' }, ['grain', 'timezone']],
    [{ from: 'yesterday', to: '2011-02-30', currency: 'pounds' }, ['from', 'to', 'currency']],
    [{ from: '0001-01-01', to: '2011-03-01T10:00:30Z', timezone: 'Mars' }, ['from', 'to', 'timezone']],
  ])('is told of everything that is wrong with it at once: %j', async (query, fields) =>
    expect((await fieldsOf(GetSalesQuery, query)).toSorted()).toEqual(fields.toSorted()),
  );

  it('is told so about the best products as well', async () =>
    expect((await fieldsOf(GetTopProductsQuery, { by: 'age', timezone: 'Mars', from: 'once' })).toSorted()).toEqual(['by', 'from', 'timezone']));
});
