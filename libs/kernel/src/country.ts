/** Common names that Unicode's data has in another form. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  AE: ['UAE'],
  BA: ['Bosnia and Herzegovina'],
  CI: ['Ivory Coast'],
  CZ: ['Czech Republic'],
  GB: ['Great Britain', 'Britain', 'England', 'Scotland', 'Wales', 'Northern Ireland'],
  IE: ['Eire', 'Republic of Ireland'],
  KR: ['Republic of Korea'],
  MK: ['Macedonia'],
  MM: ['Burma'],
  NL: ['Holland'],
  RU: ['Russian Federation'],
  SZ: ['Swaziland'],
  TR: ['Turkey'],
  US: ['USA', 'United States of America'],
  VA: ['Vatican'],
  ZA: ['RSA'],
};

/** Made when it is first asked for: it takes a tenth of a second. */
let codes: ReadonlyMap<string, string> | undefined;

/**
 * What every spelling of one country has in common: its ISO 3166-1 code (`GB`) where the text is a two-letter code, the country's English name or its
 * name at home; else the text in lower case without marks and punctuation, empty where nothing is left of it.
 */
export function canonicalCountry(text: string): string {
  codes ??= countryCodes();
  const key = plain(text);
  return codes.get(key) ?? key;
}

let english: Intl.DisplayNames | undefined;

/** One name for one country: `FR` and `france` are France, so that no figure has it twice. What names none stays as it is. */
export function countryName(text: string): string {
  const code = canonicalCountry(text);
  english ??= names('en');
  return (/^[A-Z]{2}$/.test(code) ? english.of(code) : undefined) ?? text;
}

/** True for a text that names one country, however it is spelled. */
export const isCountry = (text: string): boolean => /^[A-Z]{2}$/.test(canonicalCountry(text));

function countryCodes(): ReadonlyMap<string, string> {
  const [long, short] = [names('en'), names('en', 'short')];
  const found = new Map<string, string>();
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  for (const code of letters.flatMap((first) => letters.map((second) => first + second))) {
    const name = long.of(code);
    if (name === undefined) continue;
    // `UK`, and countries that were renamed or joined, have another code by now.
    const place = new Intl.Locale(`und-${code}`);
    const region = place.region ?? code;
    const home = names(place.maximize().language).of(region);
    const spellings = [code, name, short.of(code), name.replace(/ \(.*\)$/, ''), home, ...(ALSO[region] ?? [])];
    for (const spelling of spellings) if (spelling !== undefined) found.set(plain(spelling), region);
  }
  return found;
}

const names = (language: string, style: 'long' | 'short' = 'long'): Intl.DisplayNames =>
  new Intl.DisplayNames(language, { type: 'region', style, fallback: 'none' });

/** `The Netherlands`, `Côte d’Ivoire`, `U.K.` and `Trinidad & Tobago` as `netherlands`, `cote divoire`, `uk` and `trinidad and tobago`. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replace(/['’.]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(/^the /, '');
