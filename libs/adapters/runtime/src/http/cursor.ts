import { Refusal } from '@kernel/refusal.js';
import { textError } from './text.js';

/** A page of a list; `next` is absent on the last one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** An opaque cursor over the sort key of a page's last row. */
const encodeCursor = (key: readonly string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** @throws Refusal `request.invalid` for a cursor that no page answered */
export function decodeCursor(cursor: string, length: number): string[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === length && key.every((part) => typeof part === 'string' && textError(part) === null)) return key;
  } catch {
    // Told below, as for every other wrong cursor.
  }
  const message = 'must be the `next` of an earlier page';
  throw new Refusal('request.invalid', 'invalid', `cursor: ${message}`, { errors: [{ field: 'cursor', message }] });
}

/** Cuts one row more than asked for into a page. */
export function page<Row, Item>(rows: readonly Row[], limit: number, keyOf: (row: Row) => readonly string[], toItem: (row: Row) => Item): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(toItem), ...(rows.length > limit && last !== undefined && { next: encodeCursor(keyOf(last)) }) };
}
