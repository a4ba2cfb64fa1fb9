import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ClickHouseException } from './exceptions.js';

/** Who may ask; without a password everybody who reaches the port may. */
export interface Credentials {
  readonly user: string;
  readonly password: string | undefined;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const isSame = (given: string, expected: string): boolean => timingSafeEqual(digest(given), digest(expected));

/** Credentials come as basic authentication, as ClickHouse's own headers, or in the address. @throws ClickHouseException */
export function authenticate(request: IncomingMessage, search: URLSearchParams, { user, password }: Credentials): void {
  if (password === undefined) return;
  const given = basic(request) ?? own(request) ?? { user: search.get('user') ?? 'default', password: search.get('password') };
  if (given.password === null) throw ClickHouseException.of('REQUIRED_PASSWORD', `${given.user}: a password is required`);
  // Both are compared, whatever the first comparison says.
  const matches = [isSame(given.user, user), isSame(given.password, password)];
  if (matches.includes(false)) {
    throw ClickHouseException.of('AUTHENTICATION_FAILED', 'Authentication failed: password is incorrect, or there is no user with such name.');
  }
}

interface Given {
  readonly user: string;
  readonly password: string | null;
}

function basic(request: IncomingMessage): Given | undefined {
  const [scheme, encoded] = request.headers.authorization?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'basic' || !encoded) return undefined;
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { user: user || 'default', password: password.join(':') };
}

function own(request: IncomingMessage): Given | undefined {
  const { 'x-clickhouse-user': user, 'x-clickhouse-key': key } = request.headers;
  if (user === undefined && key === undefined) return undefined;
  return { user: String(user ?? 'default'), password: key === undefined ? null : String(key) };
}
