/** Longer than anybody's honest preferences: finding the end of quotes that have none takes time by the square of it. */
const MOST_CHARACTERS = 1_000;
/** One preference of a Prefer header, its parameters included; a comma inside of quotes parts nothing. */
const PREFERENCE = /(?:[^",]|"(?:[^"\\]|\\.)*")+/g;
const WAIT = /^\s*wait\s*(?:=\s*(?:"(?<quoted>\d+)"|(?<plain>\d+))\s*(?:;.*)?)?$/i;

/**
 * Seconds that a caller prefers to wait for the answer (`Prefer: wait=10`, RFC 7240), at most so many; null where it prefers none. Of several the first
 * counts, and one that is malformed is ignored, as the RFC says.
 */
export function preferredWait(header: string | string[] | undefined, most: number): number | null {
  const text = [header ?? ''].flat().join(',');
  const preferences = (text.length <= MOST_CHARACTERS && text.match(PREFERENCE)) || [];
  const wait = preferences.find((preference) => /^\s*wait\s*(?:[=;]|$)/i.test(preference));
  const { quoted, plain } = WAIT.exec(wait ?? '')?.groups ?? {};
  const seconds = quoted ?? plain;
  return seconds === undefined ? null : Math.min(Number(seconds), most);
}

const HELD = Symbol('held back');

/** Notes for how long, ms, the answer to a request was held back because its caller preferred so. */
export function heldBack(request: object, ms: number): void {
  (request as { [HELD]?: number })[HELD] = ms;
}

/** How much of the time that a request took its caller had asked for, ms. */
export const heldBackFor = (request: object): number => (request as { [HELD]?: number })[HELD] ?? 0;
