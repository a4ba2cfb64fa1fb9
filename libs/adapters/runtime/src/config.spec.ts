import { readConfig } from './config.js';

describe('configuration', () => {
  it('needs nothing to be set, and takes an empty variable for one that is not set', () => {
    expect(readConfig({ PORT: '', ADMIN_PASSWORD: '' })).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      demo: undefined,
      adminPassword: undefined,
      rateLimit: true,
      shopCurrency: 'GBP',
      bcryptCost: 10,
      jwtTtlSeconds: 900,
    });
  });

  it('resolves the data directory from where it was started', () => {
    expect(readConfig({ DATA_DIR: './there' }).dataDir).toBe(`${process.cwd()}/there`);
  });

  it('tells DEMO=false from one that is not set', () => {
    expect(readConfig({ DEMO: 'false' }).demo).toBe(false);
    expect(readConfig({ DEMO: 'true' }).demo).toBe(true);
  });

  it('reads limits, gateways and origins', () => {
    const read = readConfig({
      RATE_LIMITS: 'stranger=5/10s,admin=none',
      TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      CORS_ORIGINS: 'https://shop.example,http://localhost:5173',
    });
    expect(read.rateLimits).toMatchObject({ stranger: { points: 5, durationSeconds: 10 }, customer: { points: 600 }, admin: null });
    expect([read.trustedProxies, read.corsOrigins]).toEqual([
      ['10.0.0.0/8', '::1'],
      ['https://shop.example', 'http://localhost:5173'],
    ]);
    expect(readConfig({})).toMatchObject({ trustedProxies: [], corsOrigins: [], rateLimits: { stranger: { points: 100, durationSeconds: 900 } } });
  });

  it.each([
    ['RATE_LIMITS', 'stranger=many'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', 'gateway'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://shop.example/path'],
    ['CORS_ORIGINS', 'shop.example'],
  ])('does not take %s=%s', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(`Bad environment: ${name} must be `);
  });

  it('names every bad value at once, in one line that says what each must be', () => {
    const bad = { PORT: '70000', BCRYPT_COST: '4', DEMO: 'maybe', SHOP_CURRENCY: 'QQQ', ADMIN_EMAIL: 'nobody', HOST: 'example' };
    expect(() => readConfig(bad)).toThrow(
      'Bad environment: PORT must be a port number from 1 to 65535 (0 takes a free one), not "70000"; HOST must be an IP address of this machine ' +
        '(0.0.0.0 for all), not "example"; DEMO must be true or false, not "maybe"; ADMIN_EMAIL must be an email address, not "nobody"; ' +
        'SHOP_CURRENCY must be an ISO 4217 currency such as GBP, not "QQQ"; BCRYPT_COST must be a whole number from 10 to 15, not "4".',
    );
  });

  it('reads what the shop asks beside its prices; nothing by default', () => {
    expect(readConfig({})).toMatchObject({ shippingCost: undefined, shippingFreeFrom: undefined, taxRates: {} });
    const terms = { SHIPPING_COST: '4.95', SHIPPING_FREE_FROM: '50', TAX_RATES: 'United Kingdom=20, Deutschland = 19.5,*=0' };
    expect(readConfig(terms)).toMatchObject({
      shippingCost: '4.95',
      shippingFreeFrom: '50',
      taxRates: { GB: '20', DE: '19.5', '*': '0' },
    });
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [{ SHIPPING_COST: '-1' }, 'SHIPPING_COST must be a decimal'],
    [{ SHIPPING_COST: '4,95' }, 'SHIPPING_COST must be a decimal'],
    [{ SHIPPING_COST: '5', SHIPPING_FREE_FROM: 'much' }, 'SHIPPING_FREE_FROM must be a decimal'],
    [{ SHIPPING_FREE_FROM: '50' }, 'SHIPPING_FREE_FROM needs SHIPPING_COST'],
    ...['20', 'Germany=', 'Germany=101', 'Germany=-1', '=5', '-=5', 'Germany=1=2', 'Germany=19,', 'Germany=1e1'].map(
      (rates): [NodeJS.ProcessEnv, string] => [
        { TAX_RATES: rates },
        `TAX_RATES must be percentages by country such as "United Kingdom=20,Germany=19,*=0", each from 0 to 100, not "${rates}"`,
      ],
    ),
  ])('refuses %j', (bad, message) => expect(() => readConfig(bad)).toThrow(message));

  it.each([
    ['Germany=19,germany=7', '"Germany" and "germany"'],
    ['UK=20, *=0, Great  Britain=20', '"UK" and "Great  Britain"'],
    ['*=0,*=5', '"*" and "*"'],
  ])('names both spellings of a country that TAX_RATES has twice: %s', (rates, both) =>
    expect(() => readConfig({ TAX_RATES: rates })).toThrow(`Bad environment: TAX_RATES must name a country once, not as ${both}.`),
  );

  it('refuses a country that there is not in TAX_RATES', () =>
    expect(() => readConfig({ TAX_RATES: 'Unted Kingdom=20,*=0' })).toThrow(
      'Bad environment: TAX_RATES must name countries, by English name or two-letter code: "Unted Kingdom" is none.',
    ));

  it('reads which payment service takes the money, and what it needs', () => {
    expect(readConfig({}).payment).toEqual({ provider: 'simulated', lateMs: 2_000 });
    const stripe = { PAYMENT_PROVIDER: 'stripe', STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' };
    expect(readConfig(stripe).payment).toEqual({ provider: 'stripe', secretKey: 'sk_test_1', webhookSecret: 'whsec_1' });
    expect(readConfig({ ...stripe, STRIPE_API_BASE: 'http://127.0.0.1:12111' }).payment).toMatchObject({ apiBase: 'http://127.0.0.1:12111' });
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [{ PAYMENT_PROVIDER: 'cash' }, 'PAYMENT_PROVIDER must be simulated or stripe, not "cash"'],
    [
      { PAYMENT_PROVIDER: 'stripe' },
      'Bad environment: PAYMENT_PROVIDER=stripe needs STRIPE_SECRET_KEY; PAYMENT_PROVIDER=stripe needs STRIPE_WEBHOOK_SECRET.',
    ],
    [{ PAYMENT_PROVIDER: 'stripe', STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: ' ' }, 'needs STRIPE_WEBHOOK_SECRET'],
    [{ STRIPE_API_BASE: 'http://127.0.0.1:12111/v1' }, 'STRIPE_API_BASE must be an http(s) address without a path'],
    [{ PAYMENT_DEADLINE_SECONDS: '0' }, 'PAYMENT_DEADLINE_SECONDS must be a whole number of seconds'],
    [{ SAGA_STUCK_SECONDS: 'soon' }, 'SAGA_STUCK_SECONDS must be a whole number of seconds'],
    [{ SIMULATED_PAYMENT_DELAY_MS: '-1' }, 'SIMULATED_PAYMENT_DELAY_MS must be a whole number of milliseconds'],
  ])('refuses %j', (bad, message) => expect(() => readConfig(bad)).toThrow(message));

  it('does not repeat a password that it refuses', () => {
    expect(() => readConfig({ ADMIN_PASSWORD: 'short' })).toThrow(/^Bad environment: ADMIN_PASSWORD must have 8 to 72 bytes\.$/);
  });
});
