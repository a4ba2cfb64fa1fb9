import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RequestScope } from '@kernel/ports/request-context.js';
import type { RefusalKind } from '@kernel/refusal.js';

/** The one pattern of the transport; what is asked for stands in the signed text. */
export const PATTERN = 'nebulocart.call';

/**
 * How much the clocks of two machines may differ, and how long a recorded question stays good, ms: two clocks that are five minutes wrong, in either
 * direction, still understand each other. A question that is recorded and asked again is answered with what is so by then, to whoever may listen to the
 * connection anyway; those that write are safe to ask twice.
 */
const FRESH_MS = 11 * 60_000;

/** Most characters in one message. */
export const LARGEST_MESSAGE = 32 * 1024 * 1024;

/** Most bytes that a connection may bring before anything signed came by it: a burst of small questions, and no large one. */
export const MOST_OF_STRANGERS = 256 * 1024;
/** Characters of a question from which on whoever asks makes itself known first. */
export const LARGE_QUESTION = 64 * 1024;
/** What makes a connection known; nothing needs to be answered but its being signed. */
export const HELLO = 'hello';

/** What a call says of the request that it is part of. */
export type CallScope = Pick<RequestScope, 'requestId' | 'principal' | 'actor' | 'correlationId' | 'causationId' | 'traceparent'>;

export interface Call {
  readonly method: string;
  readonly args: unknown;
  readonly scope: CallScope;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** Ties the answer to its question. */
  readonly nonce: string;
}

export type Reply =
  | { readonly ok: unknown }
  | { readonly refusal: { readonly code: string; readonly kind: RefusalKind; readonly message: string; readonly details: Record<string, unknown> } }
  /** It went wrong there in a way that is nobody's answer, or the server stops: another may do better. */
  | { readonly failed: string };

/** A text with its HMAC-SHA256 under the services' secret, which itself never travels. */
export interface Signed {
  readonly text: string;
  readonly mac: string;
}

export function sign(secret: string, purpose: string, text: string): Signed {
  return { text, mac: macOf(secret, purpose, text).toString('base64') };
}

/** The secret that a process signs with, and another that it believes as well while the one is exchanged. */
export interface Secrets {
  readonly secret: string;
  readonly previousSecret?: string | undefined;
}

/** The text; null where it was not signed by somebody who has one of the secrets, for this purpose. */
export function verified({ secret, previousSecret }: Secrets, purpose: string, signed: unknown): string | null {
  const { text, mac } = (signed ?? {}) as Partial<Signed>;
  if (typeof text !== 'string' || typeof mac !== 'string') return null;
  const given = Buffer.from(mac, 'base64');
  const isOf = (each: string): boolean => given.length === MAC_BYTES && timingSafeEqual(given, macOf(each, purpose, text));
  return isOf(secret) || (previousSecret !== undefined && isOf(previousSecret)) ? text : null;
}

const MAC_BYTES = 32;

const macOf = (secret: string, purpose: string, text: string): Buffer => createHmac('sha256', secret).update(`${purpose}\0${text}`).digest();

export const isFresh = ({ sentAt }: Call, now: number): boolean => Math.abs(now - sentAt) <= FRESH_MS;

/** An answer counts for its own question alone. */
export const answerTo = (nonce: string): string => `answer ${nonce}`;
export const QUESTION = 'question';
