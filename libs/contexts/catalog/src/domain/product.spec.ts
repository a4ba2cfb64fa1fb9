import { play, specOf } from '@testing/given.js';
import { product, type ProductCommand, type ProductEvent } from './product.js';

const given = specOf(product);
const sku = '85123A';
const create: ProductCommand = {
  type: 'CreateProduct',
  data: { sku, name: 'Lamp', category: 'Lighting', price: { amount: '2.5500', currency: 'GBP' } },
};
const change = (changes: object): ProductCommand => ({ type: 'ChangeProduct', data: { sku, ...changes } });
const [created] = play(product, [create]).events as [ProductEvent];

describe('a product', () => {
  it('is created with a canonical price', () =>
    given()
      .when(create)
      .emits({ type: 'catalog.ProductCreated', data: expect.objectContaining({ price: { amount: '2.55', currency: 'GBP' } }) }));

  it('is created once', () => given(created).when(create).refuses('catalog.product-exists'));

  it('is never cheaper than nothing', () =>
    given(created)
      .when(change({ price: { amount: '-1', currency: 'GBP' } }))
      .refuses('catalog.price-negative'));

  it('tells each change as an event of its own', () =>
    given(created)
      .when(change({ name: 'Lantern', category: 'Garden', price: { amount: '3', currency: 'GBP' } }))
      .emits({ type: 'catalog.ProductRenamed' }, { type: 'catalog.ProductRecategorised' }, { type: 'catalog.ProductPriced' }));

  it('is not changed by what it already is', () =>
    given(created)
      .when(change({ name: 'Lamp', price: { amount: '2.55', currency: 'GBP' } }))
      .emitsNothing());

  it('must exist to be changed', () =>
    given()
      .when(change({ name: 'x' }))
      .refuses('catalog.product-not-found'));

  it('is described', () => {
    const described: ProductCommand = { type: 'CreateProduct', data: { ...create.data, description: 'Warm light' } as never };
    given()
      .when(described)
      .emits({ type: 'catalog.ProductCreated' }, { type: 'catalog.ProductDescribed', data: { sku, description: 'Warm light' } });
    given(...play(product, [described]).events)
      .when(change({ description: '' }))
      .emits({ type: 'catalog.ProductDescribed', data: { sku, description: '' } });
    given(created)
      .when(change({ description: '' }))
      .emitsNothing();
  });

  describe('that is retired', () => {
    const retire: ProductCommand = { type: 'RetireProduct', data: { sku } };
    const retired = play(product, [create, retire]).events;

    it('is so once', () => {
      given(created).when(retire).emits({ type: 'catalog.ProductRetired', data: { sku } });
      given(...retired)
        .when(retire)
        .emitsNothing();
    });
    it('must have been there', () => given().when(retire).refuses('catalog.product-not-found'));
    it.each([{ name: 'x' }, { price: { amount: '1', currency: 'GBP' } }, { name: 'Lamp' }])('changes no more: %j', (changes) =>
      given(...retired)
        .when(change(changes))
        .refuses('catalog.product-retired'),
    );
    it('keeps its SKU', () =>
      given(...retired)
        .when(create)
        .refuses('catalog.product-exists'));
    it('is still what it was', () => given(...retired).becomes({ exists: true, status: 'retired', name: 'Lamp' }));
  });

  it('is what its events say', () => {
    const { events } = play(product, [create, change({ name: 'Lantern' })]);
    given(...events).becomes({ exists: true, status: 'active', name: 'Lantern', description: '', category: 'Lighting' });
  });
});
