import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { EnvelopePersonalData } from './envelope.js';
import { KeyCache } from './key-cache.js';
import { MasterKeyWrapper } from './key-wrapper.js';
import { SubjectKeys, type StoredKey } from './subject-keys.js';

class KeysInMemory extends SubjectKeys {
  readonly stored = new Map<string, StoredKey>();
  finds = 0;
  keeps = 0;

  async find(subject: string) {
    this.finds++;
    return this.stored.get(subject) ?? null;
  }

  async keep(subject: string, wrapped: Buffer) {
    this.keeps++;
    await Promise.resolve();
    if (!this.stored.has(subject)) this.stored.set(subject, wrapped);
    return this.stored.get(subject)!;
  }

  async destroy(subject: string) {
    this.stored.set(subject, 'destroyed');
  }
}

const masterKey = randomBytes(32);
const envelope = (keys: SubjectKeys, master = masterKey, cache = new KeyCache()) =>
  new EnvelopePersonalData(keys, new MasterKeyWrapper(master), master, cache);

describe('an envelope', () => {
  it('opens to exactly what was sealed', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), async (plain, subject) => {
        const keys = new KeysInMemory();
        const sealed = await envelope(keys).seal(subject, plain);
        expect(await envelope(keys).open(sealed)).toBe(plain);
      }),
    ));

  it('shows nothing of what is inside and never seals the same twice', async () => {
    const data = envelope(new KeysInMemory());
    const [one, two] = await Promise.all([data.seal('ada', 'ada@example.org'), data.seal('ada', 'ada@example.org')]);
    expect(JSON.stringify(one)).not.toContain('ada@');
    expect(one.data).not.toBe(two.data);
    expect(one.iv).not.toBe(two.iv);
  });

  it('does not open once altered, or under the name of another subject', async () => {
    const data = envelope(new KeysInMemory());
    const sealed = await data.seal('ada', 'ada@example.org');
    await data.seal('eve', 'eve@example.org');
    await expect(data.open({ ...sealed, subject: 'eve' })).rejects.toThrow();
    await expect(data.open({ ...sealed, data: Buffer.from('forged').toString('base64') })).rejects.toThrow();
    await expect(data.open({ ...sealed, tag: sealed.tag.slice(0, 8) })).rejects.toThrow();
  });

  it('does not open with another master key, nor with a key moved to another subject', async () => {
    const keys = new KeysInMemory();
    const sealed = await envelope(keys).seal('ada', 'ada@example.org');
    await expect(envelope(keys, randomBytes(32)).open(sealed)).rejects.toThrow();
    keys.stored.set('eve', keys.stored.get('ada')!);
    await expect(envelope(keys).open({ ...sealed, subject: 'eve' })).rejects.toThrow();
  });
});

describe('keys', () => {
  it('are made once a subject, also by two processes at once', async () => {
    const keys = new KeysInMemory();
    const [here, there] = [envelope(keys), envelope(keys)];
    const sealed = await Promise.all([here.seal('ada', 'a'), here.seal('ada', 'b'), there.seal('ada', 'c')]);
    expect(keys.keeps).toBe(2);
    expect(await Promise.all(sealed.map((each) => envelope(keys).open(each)))).toEqual(['a', 'b', 'c']);
  });

  it('are looked up once while they are in the cache', async () => {
    const keys = new KeysInMemory();
    const sealed = await envelope(keys).seal('ada', 'a');
    const data = envelope(keys);
    for (let i = 0; i < 3; i++) await data.open(sealed);
    expect(keys.finds).toBe(1);
  });

  it('leave a bounded cache and go stale', () => {
    let now = 0;
    const cache = new KeyCache(2, 100, () => now);
    for (const subject of ['a', 'b', 'c']) cache.set(subject, Buffer.from(subject));
    expect(cache.get('a')).toBeUndefined();
    expect(cache.get('c')).toBeDefined();
    now = 100;
    expect(cache.get('c')).toBeUndefined();
  });

  it('are refused from a master key of another length', () => {
    expect(() => envelope(new KeysInMemory(), randomBytes(16))).toThrow(RangeError);
  });
});

describe('erasure', () => {
  it('leaves what was sealed closed for good and makes no second key', async () => {
    const keys = new KeysInMemory();
    const data = envelope(keys);
    const sealed = await data.seal('ada', 'ada@example.org');
    await data.forget('ada');
    expect(await data.open(sealed)).toBeNull();
    expect(await envelope(keys).open(sealed)).toBeNull();
    await expect(data.seal('ada', 'again')).rejects.toMatchObject({ code: 'personal-data.subject-forgotten' });
  });

  it('is not undone by a look-up that began before it', async () => {
    const keys = new KeysInMemory();
    const sealed = await envelope(keys).seal('ada', 'ada@example.org');
    const data = envelope(keys);
    const opening = data.open(sealed);
    await Promise.all([data.forget('ada'), opening]);
    expect(await data.open(sealed)).toBeNull();
  });
});

describe('a key that another process may have destroyed', () => {
  it('is looked up again once it is dropped, and closed for good where it is gone', async () => {
    const keys = new KeysInMemory();
    const [here, there] = [envelope(keys), envelope(keys)];
    const sealed = await here.seal('ada', 'ada@example.org');
    expect(await there.open(sealed)).toBe('ada@example.org');
    there.drop('ada');
    expect(await there.open(sealed)).toBe('ada@example.org');
    await here.forget('ada');
    there.drop('ada');
    expect(await there.open(sealed)).toBeNull();
  });

  it('is not brought back by a look-up that began before', async () => {
    const keys = new KeysInMemory();
    const [here, there] = [envelope(keys), envelope(keys)];
    const sealed = await here.seal('ada', 'ada@example.org');
    const opening = there.open(sealed);
    there.drop('ada');
    await opening;
    await here.forget('ada');
    expect(await there.open(sealed)).toBeNull();
  });
});

describe('the look-up hash', () => {
  it('is the same for the same value, and another under another master key', () => {
    const data = envelope(new KeysInMemory());
    expect(data.lookupHash('ada@example.org')).toMatch(/^[0-9a-f]{64}$/);
    expect(envelope(new KeysInMemory()).lookupHash('ada@example.org')).toBe(data.lookupHash('ada@example.org'));
    expect(envelope(new KeysInMemory(), randomBytes(32)).lookupHash('ada@example.org')).not.toBe(data.lookupHash('ada@example.org'));
  });
});
