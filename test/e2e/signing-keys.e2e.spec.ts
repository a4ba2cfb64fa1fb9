import { SigningKeys } from '@adapters/runtime/src/auth/index.js';
import { ada, administrator, bearer, events, me, openShop, owner, shop, signIn, type SignedIn } from './session-people.js';

beforeAll(openShop);
afterAll(() => shop.close());

describe('signing keys', () => {
  const jwks = async () => (await shop.get('/.well-known/jwks.json')).json().keys as { kid: string }[];
  const rotate = async (who: SignedIn) => shop.post('/api/v1/admin/signing-keys/rotate', {}, bearer(who));
  const kidOf = ({ accessToken }: SignedIn) => JSON.parse(Buffer.from(accessToken.split('.')[0]!, 'base64url').toString()).kid as string;

  it('are published without their private halves, for a minute', async () => {
    const answer = await shop.get('/.well-known/jwks.json');
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
    expect(answer.json().keys).toEqual([{ kty: 'RSA', n: expect.any(String), e: 'AQAB', kid: kidOf(await ada()), alg: 'RS256', use: 'sig' }]);
  });

  it('follow each other without a token being refused', async () => {
    const boss = await administrator();
    const before = kidOf(boss);
    const rotated = (await rotate(boss)).json();
    expect(rotated).toMatchObject({ kid: expect.any(String), replaced: [{ kid: before }] });
    expect((await jwks()).map(({ kid }) => kid)).toEqual([before, rotated.kid]);
    expect(kidOf(await signIn(owner.email))).toBe(before);
    expect((await rotate(boss)).json()).toMatchObject({ status: 409, code: 'identity.rotation-pending' });
    shop.clock.advance(91);
    const later = await signIn(owner.email);
    expect(kidOf(later)).toBe(rotated.kid);
    for (const who of [boss, later]) expect((await me(who)).statusCode).toBe(200);
    shop.clock.advance(900 + 60);
    expect((await jwks()).map(({ kid }) => kid)).toEqual([rotated.kid]);
    expect(await events('SigningKeyRotated', { sub: rotated.kid })).toEqual([{ kid: rotated.kid, replaced: [before], signsFrom: rotated.signsFrom }]);
    const stored = await shop.ask<{ row: string }>('select t::text as row from identity.signing_keys t');
    expect(JSON.stringify(stored)).not.toMatch(/PRIVATE KEY|"d":/);
  });

  it('verify nothing any more once they are withdrawn, also what they verified before', async () => {
    const boss = await administrator();
    await rotate(boss);
    shop.clock.advance(91);
    const later = await signIn(owner.email);
    for (const who of [boss, later]) expect((await me(who)).statusCode).toBe(200);
    await shop.ask(`update identity.signing_keys set verify_until = signs_from where kid = '${kidOf(boss)}'`);
    await shop.app.get(SigningKeys).reload();
    expect((await me(boss)).json()).toMatchObject({ status: 401, code: 'auth.token-invalid' });
    expect((await me(later)).statusCode).toBe(200);
  });

  it('are rotated by administrators only', async () => {
    expect((await rotate(await ada())).json()).toMatchObject({ status: 403, code: 'auth.forbidden' });
  });
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));
