import { Refusal } from './refusal.js';

/** What a caller has seen or caused: context -> id of the last event. Travels as `ordering=<uuid>,catalog=<uuid>`. */
export type ConsistencyToken = Readonly<Record<string, string>>;

const ENTRY = /^([a-z]+)=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export const formatToken = (token: ConsistencyToken): string =>
  Object.entries(token)
    .map(([context, eventId]) => `${context}=${eventId}`)
    .join(',');

/** @throws Refusal `consistency-token.malformed` */
export function parseToken(text: string): ConsistencyToken {
  const token: Record<string, string> = {};
  for (const part of text.split(',')) {
    const match = ENTRY.exec(part.trim());
    if (!match) {
      throw new Refusal(
        'consistency-token.malformed',
        'invalid',
        'Consistency-Token must be <context>=<event id>, comma separated, as a command answered it',
        {
          header: 'Consistency-Token',
        },
      );
    }
    token[match[1]!] = match[2]!;
  }
  return token;
}
