import { createSign, createVerify } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSecrets } from './secrets.js';

describe('secrets', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'nebulocart-secrets-'))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('are made once, in files that only their owner reads', async () => {
    const [first, second] = [await loadSecrets(dataDir), await loadSecrets(dataDir)];
    expect(second).toEqual(first);
    expect(first.masterKey).toHaveLength(32);
    const files = readdirSync(join(dataDir, 'secrets'));
    expect(files.sort()).toEqual(['jwt-private-key.pem', 'master-key', 'payment-callback-key']);
    expect(files.map((file) => statSync(join(dataDir, 'secrets', file)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  });

  it('hold a key pair that signs and verifies', async () => {
    const { jwtPrivateKey, jwtPublicKey } = await loadSecrets(dataDir);
    const signature = createSign('sha256').update('text').sign(jwtPrivateKey);
    expect(createVerify('sha256').update('text').verify(jwtPublicKey, signature)).toBe(true);
  });

  it('are the same for two first starts at once', async () => {
    const [one, other] = await Promise.all([loadSecrets(dataDir), loadSecrets(dataDir)]);
    expect(one).toEqual(other);
  });

  it('are refused when damaged, never replaced', async () => {
    await loadSecrets(dataDir);
    writeFileSync(join(dataDir, 'secrets', 'master-key'), 'c2hvcnQ=');
    await expect(loadSecrets(dataDir)).rejects.toThrow(/master-key is damaged/);
  });
});
