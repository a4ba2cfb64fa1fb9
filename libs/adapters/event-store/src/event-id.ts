import { randomUUID } from 'node:crypto';

/**
 * A new UUID of version 7: the millisecond, then 74 random bits. Built on Node's UUIDs, which draw their randomness in stock; drawing it
 * anew for every id is what takes the time.
 */
export function eventId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
