import { ada, email, logIn, openShop, shop } from './session-people.js';

beforeAll(openShop);
afterAll(() => shop.close());

describe('guessing', () => {
  it('is locked out alike for an account that exists and one that does not, and the owner comes back', async () => {
    await ada();
    for (const guessed of [email, 'nobody@example.org']) {
      for (let i = 0; i < 5; i++) expect((await logIn(guessed, 'wrong')).statusCode).toBe(401);
      const answers = await Promise.all(Array.from({ length: 10 }, () => logIn(guessed, 'wrong')));
      expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(1);
      const refused = answers.find(({ statusCode }) => statusCode === 429)!;
      expect(refused.json()).toMatchObject({ code: 'identity.sign-in-locked', retryAfterSeconds: expect.any(Number) });
      expect(refused.headers['retry-after']).toBe(String(refused.json().retryAfterSeconds));
    }
    expect(JSON.stringify(shop.logged)).not.toContain('example.org');
  });

  it('does not count against one who then signs in', async () => {
    await ada();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 5; i++) await logIn(email, 'wrong');
      expect((await logIn(email)).statusCode).toBe(200);
    }
  });
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));
