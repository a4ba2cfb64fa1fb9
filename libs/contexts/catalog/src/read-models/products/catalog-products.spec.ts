import type { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { CatalogProducts } from './catalog-products.js';

const row = (sku: string) => ({ sku, name: sku, category: 'Things', price_amount: '2.5500', price_currency: 'GBP' });

/** Reads that answer when told to, and remember what they were asked. */
function heldReads() {
  const asked: string[][] = [];
  const answers: ((error?: Error) => void)[] = [];
  const reads = {
    query: (_context: string, _statement: object, [skus]: readonly [string[]]) => {
      asked.push(skus);
      return new Promise((resolve, reject) =>
        answers.push((error) => (error ? reject(error) : resolve(skus.filter((sku) => sku !== 'none').map(row)))),
      );
    },
  };
  return { products: new CatalogProducts(reads as unknown as TransactionalReads), asked, answer: (error?: Error) => answers.shift()!(error) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('products that other contexts ask for', () => {
  it('asks at once when nothing is under way', async () => {
    const { products, asked, answer } = heldReads();
    const found = products.find(['a', 'none']);
    expect(asked).toEqual([['a', 'none']]);
    answer();
    expect([...(await found).keys()]).toEqual(['a']);
  });

  it('asks once for all that came in meanwhile, and gives each its own', async () => {
    const { products, asked, answer } = heldReads();
    const first = products.find(['a']);
    const others = [products.find(['b', 'c']), products.find(['c', 'none'])];
    expect(asked).toHaveLength(1);
    answer();
    await first;
    await settled();
    expect(asked.slice(1)).toEqual([['b', 'c', 'none']]);
    answer();
    expect((await Promise.all(others)).map((found) => [...found.keys()])).toEqual([['b', 'c'], ['c']]);
  });

  it('goes on after a failure, which only those hear who waited for it', async () => {
    const { products, answer } = heldReads();
    const first = products.find(['a']);
    const second = products.find(['b']);
    answer(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settled();
    answer();
    expect([...(await second).keys()]).toEqual(['b']);
    const third = products.find(['c']);
    answer();
    expect([...(await third).keys()]).toEqual(['c']);
  });
});
