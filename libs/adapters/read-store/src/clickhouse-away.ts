import { ClickHouseError } from '@clickhouse/client';
import { Refusal } from '@kernel/refusal.js';

/** What Node says of a server that cannot be reached, or went away in the middle of an answer. */
const AWAY = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);
/** The client's own word for a request that was not answered in time, which has no code. */
const CLIENT_TIMEOUT = 'Timeout error.';
/** ClickHouse's codes for an unknown table and an unknown database: it answers, but is not what landing makes of it yet. */
const NOT_MADE_YET = new Set(['60', '81']);

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
