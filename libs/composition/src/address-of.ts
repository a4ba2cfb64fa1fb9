import type { AddressInfo } from 'node:net';
import { isIPv6 } from 'node:net';

/** Where this machine reaches the server: an address of all interfaces is no address to open. */
export function addressOf({ address, port }: AddressInfo): string {
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : isIPv6(address) ? `[${address}]` : address;
  return `http://${host}:${port}`;
}
