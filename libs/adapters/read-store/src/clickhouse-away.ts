import { ClickHouseError } from '@clickhouse/client';
import { Refusal } from '@kernel/refusal.js';

/** What Node says of a server that cannot be reached, or went away in the middle of an answer. */
const AWAY = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);
/** The client's own word for a request that was not answered in time, which has no code. */
const CLIENT_TIMEOUT = 'Timeout error.';
/** ClickHouse's codes for an unknown table and an unknown database: it answers, but is not what landing makes of it yet. */
const NOT_MADE_YET = new Set(['60', '81']);

/** ClickHouse's names for what it finds of files that are not what they were written as. */
const UNREADABLE = new Set([
  'ATTEMPT_TO_READ_AFTER_EOF',
  'BAD_SIZE_OF_FILE_IN_DATA_PART',
  'CANNOT_DECOMPRESS',
  'CANNOT_READ_ALL_DATA',
  'CHECKSUM_DOESNT_MATCH',
  'CORRUPTED_DATA',
  'FILE_DOESNT_EXIST',
  'NO_FILE_IN_DATA_PART',
]);
/** What it adds where it could not so much as open a part, whatever the name. */
const UNOPENED = 'Part contains files';
const UNREADABLE_CODE = 'analytics.unreadable';
const RETRY_AFTER_SECONDS = 5;

/** The refusal that stands for a server that is away; null for any other error. */
export function awayOf(error: unknown): Refusal | null {
  if (error instanceof ClickHouseError) return null;
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  if (!AWAY.has(code ?? '') && message !== CLIENT_TIMEOUT) return null;
  return new Refusal('analytics.unavailable', 'unavailable', `the analytics database does not answer (${code ?? 'time-out'}): ask again in a moment`);
}

/** The refusal that stands for a database that landing has not made the tables of yet; null for any other error. */
export const unmadeOf = (error: unknown): Refusal | null =>
  NOT_MADE_YET.has((error as { code?: string }).code ?? '')
    ? new Refusal('analytics.unavailable', 'unavailable', 'the read models are being made: ask again in a moment')
    : null;

/** The refusal that stands for tables whose files ClickHouse cannot read, until a projector has mended them; null for any other error. */
export function unreadableOf(error: unknown): Refusal | null {
  const { type, message } = (error ?? {}) as { type?: string; message?: string };
  if (!type || (!UNREADABLE.has(type) && !message?.includes(UNOPENED))) return null;
  const what = 'files of the analytics database cannot be read, and a projector makes them anew: ask again in a moment';
  return new Refusal(UNREADABLE_CODE, 'unavailable', what, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

export const isUnreadable = (error: unknown): boolean => error instanceof Refusal && error.code === UNREADABLE_CODE;
