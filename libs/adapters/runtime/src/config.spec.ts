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

  it('names every bad value at once, in one line that says what each must be', () => {
    const bad = { PORT: '70000', BCRYPT_COST: '4', DEMO: 'maybe', SHOP_CURRENCY: 'QQQ', ADMIN_EMAIL: 'nobody', HOST: 'example' };
    expect(() => readConfig(bad)).toThrow(
      'Bad environment: PORT must be a port number from 1 to 65535 (0 takes a free one), not "70000"; HOST must be an IP address of this machine ' +
        '(0.0.0.0 for all), not "example"; DEMO must be true or false, not "maybe"; ADMIN_EMAIL must be an email address, not "nobody"; ' +
        'SHOP_CURRENCY must be an ISO 4217 currency such as GBP, not "QQQ"; BCRYPT_COST must be a whole number from 10 to 15, not "4".',
    );
  });

  it('does not repeat a password that it refuses', () => {
    expect(() => readConfig({ ADMIN_PASSWORD: 'short' })).toThrow(/^Bad environment: ADMIN_PASSWORD must have 8 to 72 bytes\.$/);
  });
});
