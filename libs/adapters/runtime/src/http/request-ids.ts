import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Names requests: as a trusted gateway named them, by a UUID in X-Request-Id, else anew. A stranger could give two requests one name. */
export function requestIds(trustedProxies: readonly string[] = []): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    trusted.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return ({ headers, socket }) => {
    const given = headers['x-request-id'];
    const isNamed = trustedProxies.length > 0 && typeof given === 'string' && UUID.test(given);
    return isNamed && isTrusted(trusted, socket.remoteAddress) ? given : randomUUID();
  };
}

const isTrusted = (trusted: BlockList, address = ''): boolean => {
  // A socket that speaks both writes the older addresses in the newer form.
  const plain = address.replace(/^::ffff:/, '');
  return isIP(plain) !== 0 && trusted.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
};
