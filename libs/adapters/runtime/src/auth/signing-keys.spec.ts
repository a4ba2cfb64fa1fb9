import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { jest } from '@jest/globals';
import { Clock } from '@kernel/clock.js';
import { SigningKeyStore, type SigningKey } from '@kernel/ports/signing-keys.js';
import { AuthOptions } from './auth-options.js';
import { SigningKeys } from './signing-keys.js';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

class KeysInMemory extends SigningKeyStore {
  keys: SigningKey[] = [];
  reads = 0;

  async all() {
    this.reads++;
    return this.keys;
  }
  rows = async () => [];
  async adopt(key: SigningKey) {
    if (!this.keys.some(({ kid }) => kid === key.kid)) this.keys.push(key);
  }
  /** As a rotation's transaction does. */
  store({ key, replaced }: { key: SigningKey; replaced: SigningKey[] }) {
    this.keys = [...this.keys.map((old) => replaced.find(({ kid }) => kid === old.kid) ?? old), key];
  }
}

const clock = new (class extends Clock {
  ms = Date.UTC(2026, 10, 1);
  now = () => new Date(this.ms).toISOString();
})();
let store: KeysInMemory;
const running: SigningKeys[] = [];
async function processOver(keys: KeysInMemory) {
  const options = new AuthOptions({ privateKey, ttlSeconds: 900, bcryptCost: 10, rateLimit: false });
  const made = new SigningKeys(keys, options, clock);
  running.push(made);
  await made.onModuleInit();
  return made;
}
let keys: SigningKeys;
beforeEach(async () => {
  store = new KeysInMemory();
  keys = await processOver(store);
});
afterEach(async () => void (await Promise.all(running.splice(0).map((each) => each.onModuleDestroy()))));
const kids = () => keys.published().map(({ kid }) => kid);

it('begin with the key of the data directory, under the same name in every process', async () => {
  const other = await processOver(store);
  expect(other.current().kid).toBe(keys.current().kid);
  expect(store.keys).toHaveLength(1);
  const { kty, n, e } = createPublicKey(privateKey).export({ format: 'jwk' });
  expect(keys.published()).toEqual([{ kty, n, e, kid: keys.current().kid, alg: 'RS256', use: 'sig' }]);
});

it('verify what carries no name as the first key', async () => {
  store.store(await keys.successor());
  await keys.reload();
  clock.ms += 90_000;
  expect((await keys.find(undefined))!.equals(createPublicKey(privateKey))).toBe(true);
});

it('are published before they sign, and verify until their last token has expired', async () => {
  const old = keys.current().kid;
  const rotation = await keys.successor();
  expect(kids()).toEqual([old]);
  store.store(rotation);
  await keys.reload();
  const { kid } = rotation.key;
  expect([keys.current().kid, kids()]).toEqual([old, [old, kid]]);
  clock.ms += 89_999;
  expect(keys.current().kid).toBe(old);
  clock.ms += 1;
  expect(keys.current().kid).toBe(kid);
  // The old key's last token lives 900 s from here, and clocks differ by up to a minute.
  clock.ms += 959_999;
  expect([kids(), await keys.find(old)]).toEqual([[old, kid], expect.anything()]);
  clock.ms += 1;
  expect([kids(), await keys.find(old)]).toEqual([[kid], undefined]);
});

it('are looked up anew for a name that nobody knows, once in some seconds', async () => {
  const elsewhere = await processOver(store);
  const rotation = await elsewhere.successor();
  const time = jest.spyOn(performance, 'now');
  try {
    const now = performance.now();
    time.mockReturnValue(now + 5_000);
    store.reads = 0;
    for (let i = 0; i < 20; i++) expect(await keys.find(`invented ${i}`)).toBeUndefined();
    expect(store.reads).toBe(1);
    store.store(rotation);
    expect(await keys.find(rotation.key.kid)).toBeUndefined();
    time.mockReturnValue(now + 10_000);
    expect(await keys.find(rotation.key.kid)).toBeDefined();
    expect(store.reads).toBe(2);
  } finally {
    time.mockRestore();
  }
});

it('stay as they are known while the store does not answer', async () => {
  const { kid } = keys.current();
  store.all = () => Promise.reject(new Error('away'));
  await expect(keys.reload()).rejects.toThrow('away');
  expect(keys.current().kid).toBe(kid);
  expect(await keys.find(kid)).toBeDefined();
});

it('tell whoever remembers what they verified that they changed, and only then', async () => {
  const { generation } = keys;
  await keys.reload();
  expect(keys.generation).toBe(generation);
  store.store(await keys.successor());
  await keys.reload();
  expect(keys.generation).toBeGreaterThan(generation);
});

it('sign with what is left where a key is withdrawn before its successor’s time', async () => {
  const rotation = await keys.successor();
  store.store({ ...rotation, replaced: rotation.replaced.map((old) => ({ ...old, verifyUntil: clock.now() })) });
  await keys.reload();
  expect([keys.current().kid, kids()]).toEqual([rotation.key.kid, [rotation.key.kid]]);
});
