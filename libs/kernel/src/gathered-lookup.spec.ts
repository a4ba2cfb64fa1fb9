import { GatheredLookup } from './gathered-lookup.js';

/** A look-up that answers when told to, and remembers what it was asked. */
function heldLookup() {
  const asked: (readonly string[])[] = [];
  const answers: ((error?: Error) => void)[] = [];
  const lookup = new GatheredLookup<string, string>((keys) => {
    asked.push(keys);
    const found = new Map(keys.filter((key) => key !== 'none').map((key) => [key, key.toUpperCase()]));
    return new Promise((resolve, reject) => answers.push((error) => (error ? reject(error) : resolve(found))));
  });
  return { lookup, asked, answer: (error?: Error) => answers.shift()!(error) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a gathered look-up', () => {
  it('asks at once when nothing is under way', async () => {
    const { lookup, asked, answer } = heldLookup();
    const found = lookup.find(['a', 'none']);
    expect(asked).toEqual([['a', 'none']]);
    answer();
    expect(await found).toEqual(new Map([['a', 'A']]));
  });

  it('asks once for all that came in meanwhile, and gives each its own', async () => {
    const { lookup, asked, answer } = heldLookup();
    const first = lookup.find(['a']);
    const others = [lookup.find(['b', 'c']), lookup.find(['c', 'none'])];
    expect(asked).toHaveLength(1);
    answer();
    await first;
    await settled();
    expect(asked.slice(1)).toEqual([['b', 'c', 'none']]);
    answer();
    expect((await Promise.all(others)).map((found) => [...found.keys()])).toEqual([['b', 'c'], ['c']]);
  });

  it('goes on after a failure, which only those hear who waited for it', async () => {
    const { lookup, answer } = heldLookup();
    const first = lookup.find(['a']);
    const second = lookup.find(['b']);
    answer(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settled();
    answer();
    expect([...(await second).keys()]).toEqual(['b']);
    const third = lookup.find(['c']);
    answer();
    expect([...(await third).keys()]).toEqual(['c']);
  });
});
