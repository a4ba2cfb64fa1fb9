import type { Socket } from 'node:net';
import { requestIds } from './request-ids.js';

const GIVEN = '0199f3a2-7c1e-7d53-9f54-2f0f6a3b1c2d';
const named = (trusted: string[], remoteAddress: string | undefined, id: string | string[] = GIVEN): string =>
  requestIds(trusted)({ headers: { 'x-request-id': id as string }, socket: { remoteAddress } as Socket });

describe('the id of a request', () => {
  it.each([
    [['10.0.0.0/8'], '10.2.3.4'],
    [['10.0.0.7'], '::ffff:10.0.0.7'],
    [['fd00::/8'], 'fd12::1'],
    [['192.0.2.1', '::1'], '::1'],
  ])('is the gateway’s where %j has %s', (trusted, address) => expect(named(trusted, address)).toBe(GIVEN));

  it.each([
    [[], '10.2.3.4', GIVEN],
    [['10.0.0.0/8'], '11.0.0.1', GIVEN],
    [['10.0.0.0/8'], undefined, GIVEN],
    [['10.0.0.0/8'], '10.0.0.1', 'the-same-for-all'],
    [['10.0.0.0/8'], '10.0.0.1', [GIVEN, GIVEN]],
  ])('is made anew where %j is trusted, %s asks and says %j', (trusted, address, id) => {
    const made = named(trusted, address, id);
    expect(made).toMatch(/^[0-9a-f-]{36}$/);
    expect(made).not.toBe(GIVEN);
  });
});
