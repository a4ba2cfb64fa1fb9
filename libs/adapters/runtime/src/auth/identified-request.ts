import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';

/** Who a request comes from: a principal, or the reason why it is a stranger's. */
export type Identity = { readonly principal: Principal; readonly refusal: null } | { readonly principal: null; readonly refusal: Refusal };

const IDENTITY = Symbol('identity');

/** The part of an HTTP request that telling its sender needs. */
export interface IdentifiedRequest {
  readonly headers: IncomingHttpHeaders;
  [IDENTITY]?: Identity;
}

export const tokenMissing = (): Identity => ({
  principal: null,
  refusal: new Refusal('auth.token-missing', 'unauthenticated', 'Sign in first and send the access token as "Authorization: Bearer <token>"'),
});

/** What `IdentifyGuard` found; a stranger where it has not run. */
export const identityOf = (request: IdentifiedRequest): Identity => request[IDENTITY] ?? tokenMissing();

export const identify = (request: IdentifiedRequest, identity: Identity): void => {
  request[IDENTITY] = identity;
};

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i;

/** The bearer token: null without an Authorization header, empty for one that holds no token. */
export function bearerToken(request: IdentifiedRequest): string | null {
  const header = request.headers.authorization;
  return header === undefined ? null : (BEARER.exec(header.trim())?.[1] ?? '');
}
