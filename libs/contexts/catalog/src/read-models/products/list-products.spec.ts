import { validation } from '@adapters/runtime/src/http/validation.js';
import { ListProductsQuery } from './list-products.query.js';

const asked = (query: object): Promise<ListProductsQuery> => validation().transform(query, { type: 'query', metatype: ListProductsQuery });

describe('what a list of products is asked', () => {
  it('is for sale, by SKU, fifty at a time, unless it says otherwise', async () =>
    expect(await asked({})).toEqual({ status: 'active', sort: 'sku', limit: 50 }));

  it('can name a place as long as the longest name of a past system', async () => {
    const cursor = Buffer.from(JSON.stringify(['name', '\u0001'.repeat(500), 'x'.repeat(64)])).toString('base64url');
    expect(await asked({ sort: 'name', cursor })).toMatchObject({ cursor });
    await expect(asked({ cursor: 'x'.repeat(6_001) })).rejects.toMatchObject({ details: { errors: [{ field: 'cursor' }] } });
  });

  it.each([
    { minPrice: '-1' },
    { maxPrice: '1.00001' },
    { minPrice: '' },
    { currency: 'pounds' },
    { status: 'gone' },
    { inStock: 'false' },
    { lowStock: 'false' },
    { sort: 'age' },
    { limit: '201' },
    { cursor: '' },
    { colour: 'red' },
  ])('is refused by the name of what is wrong: %j', async (query) =>
    expect(asked(query)).rejects.toMatchObject({ kind: 'invalid', details: { errors: [{ field: Object.keys(query)[0] }] } }),
  );
});
