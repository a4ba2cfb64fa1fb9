const CENSOR = '[redacted]';

/** Names of what is never logged, whatever it holds. */
const SECRETS = [
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'accessToken',
  'refreshToken',
  'token',
  'email',
  'authorization',
  'cookie',
  'secret',
  'privateKey',
  'masterKey',
  'connectionString',
];

/** Where they lie in what is logged: at the top, and in objects two deep (`req.headers.authorization`). */
export const redaction = { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: CENSOR };

/** What shows by its form that it is personal or opens something: email addresses, also percent-encoded, signed and refresh tokens, and what follows `Bearer`. */
const TELLING = [
  /[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+/g,
  /\beyJ[\w-]{8,}(?:\.[\w-]+){1,2}/g,
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[\w-]{43,}/g,
  /(?<=\bBearer\s{1,4})[\w.~+/=-]{8,}/gi,
];

/** Text without what tells of persons or opens doors by its form alone: the last look at every line, however the words came into it. */
export const withoutSecrets = (text: string): string => TELLING.reduce((left, form) => left.replace(form, CENSOR), text);

/** Shorter words are everywhere, and masking them would leave nothing to read. */
const LEAST_CHARACTERS = 3;

/** Text without what a request sent, in whatever part of it: what a caller typed may be a name or a password, and an error may repeat it. */
export function withoutInput(text: string, ...sent: readonly unknown[]): string {
  const values = [...new Set(sent.flatMap(textsIn))].filter((value) => value.length >= LEAST_CHARACTERS);
  // The longest first: a name is a part of what it stands in.
  return values.sort((a, b) => b.length - a.length).reduce((left, value) => left.replaceAll(value, CENSOR), text);
}

/** Every text in a value, property names included: who sends what was not asked for may name it as they like. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [...(Array.isArray(value) ? [] : [name]), ...textsIn(member)]);
}
