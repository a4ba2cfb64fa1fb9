import { canonicalCountry, countryName } from './country.js';

describe('a country', () => {
  it.each([
    [
      'GB',
      ['GB', 'gb', 'UK', 'U.K.', 'United Kingdom', ' united  KINGDOM ', 'The United Kingdom', '\uff35nited Kingdom', 'Great Britain', 'England'],
    ],
    ['IE', ['IE', 'EIRE', 'Éire', 'Ireland', 'Republic of Ireland']],
    ['DE', ['DE', 'Germany', 'Deutschland']],
    ['NL', ['NL', 'Netherlands', 'The Netherlands', 'Nederland', 'Holland']],
    ['US', ['US', 'USA', 'U.S.A.', 'United States', 'United States of America']],
    ['CZ', ['Czechia', 'Czech Republic', 'Česko']],
    ['TR', ['Turkey', 'Türkiye']],
    ['HK', ['Hong Kong', 'Hong Kong SAR China']],
    ['CI', ['Côte d’Ivoire', "Cote d'Ivoire", 'Ivory Coast']],
    ['TT', ['Trinidad & Tobago', 'Trinidad and Tobago']],
    ['MM', ['Myanmar', 'Burma', 'Myanmar (Burma)']],
    ['ZA', ['RSA', 'South Africa']],
  ])('is %s, however it is told', (code, spellings) =>
    expect(spellings.map((spelling) => [spelling, canonicalCountry(spelling)])).toEqual(spellings.map((spelling) => [spelling, code])),
  );

  it('has one code, whose name is no other country’s', () => {
    const english = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const told = letters
      .flatMap((first) => letters.map((second) => first + second))
      .flatMap((code) => (english.of(code) === undefined ? [] : [[code, canonicalCountry(code), english.of(code)!] as const]));
    expect(told.length).toBeGreaterThan(240);
    expect(told.map(([code, , name]) => [code, canonicalCountry(name)])).toEqual(told.map(([code, canonical]) => [code, canonical]));
    expect(new Set(told.map(([, canonical]) => canonical)).size).toBe(new Set(told.map(([, , name]) => name)).size);
  });

  it.each([
    ['France', ['FR', 'fr', 'France', ' FRANCE ']],
    ['United Kingdom', ['GB', 'UK', 'United Kingdom', 'Great Britain']],
    ['Germany', ['DE', 'Deutschland']],
    ['Atlantis', ['Atlantis']],
  ])('is called %s, however it is told', (name, spellings) =>
    expect(spellings.map((spelling) => [spelling, countryName(spelling)])).toEqual(spellings.map((spelling) => [spelling, name])),
  );

  it('that nobody knows is what it is called', () => {
    expect(canonicalCountry(' Channel   ISLANDS')).toBe('channel islands');
    expect(canonicalCountry('constructor')).toBe('constructor');
    expect(canonicalCountry('*')).toBe('');
  });
});
