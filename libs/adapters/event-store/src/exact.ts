import { Refusal } from '@kernel/refusal.js';

/** How JSON writes what Postgres' jsonb, and with it the audit, cannot read: NUL, and half of a surrogate pair. */
const UNREADABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

export const unstorable = (): Refusal =>
  new Refusal('request.unstorable-text', 'invalid', 'A text holds a NUL character or half of a surrogate pair: leave it out');

/**
 * An event's data as JSON that every reader of the log reads alike. An event is forever: what only some of them can read would leave every
 * later certificate unequal.
 * @throws Refusal `request.unstorable-text`
 */
export function exactJson(data: unknown): string {
  const text = JSON.stringify(data);
  if (UNREADABLE.test(text)) throw unstorable();
  return text;
}

/** An instant cut to the milliseconds that are stored: two stores that round the rest each in its own way would differ. */
export const exactInstant = (instant: string): string => new Date(instant).toISOString();
