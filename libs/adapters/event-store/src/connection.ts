import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';

/** How a server is reached, as the driver takes it. */
export interface Connection {
  readonly connectionString: string;
  readonly ssl?: ConnectionOptions | false;
}

/** What an address may ask for; the driver reads some of these words in other ways than Postgres does, so they are kept from it. */
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;

/**
 * The connection that an address stands for, its `sslmode` read as libpq does: `require` only encrypts unless there is a CA to check by, `verify-ca`
 * checks who signed, `verify-full` also for which host. Without a word a CA means `verify-full`, and no CA an open line.
 * @param ca PEM; the system's CAs where it is left out
 * @throws RangeError for another `sslmode`
 */
export function connectionOf(url: string, ca?: string): Connection {
  const address = new URL(url);
  const mode = address.searchParams.get('sslmode') ?? (ca === undefined ? null : 'verify-full');
  address.searchParams.delete('sslmode');
  // An address without a word stays as it was written: parsing would spell some passwords in another way.
  if (mode === null) return { connectionString: url };
  return { connectionString: address.toString(), ssl: tlsOf(mode, ca) };
}

function tlsOf(mode: string, ca: string | undefined): ConnectionOptions | false {
  const trusted = ca === undefined ? {} : { ca };
  switch (mode) {
    case 'disable':
      return false;
    case 'require':
      return ca === undefined ? { rejectUnauthorized: false } : { ca, checkServerIdentity: () => undefined };
    case 'verify-ca':
      return { ...trusted, checkServerIdentity: () => undefined };
    case 'verify-full':
      return trusted;
    default:
      throw new RangeError(`sslmode must be one of ${SSL_MODES.join(', ')}, not "${mode}"`);
  }
}

/**
 * A connection of its own, outside of any pool. Where it is cut while nothing is asked of it, the next question says so, and the process does not die of it.
 * @param name as the server lists it
 */
export async function connectedClient(connection: Connection, name: string): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, application_name: name });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
