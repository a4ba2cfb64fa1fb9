import { Injectable } from '@nestjs/common';
import passport from 'passport';
import { Refusal } from '@kernel/refusal.js';
import { bearerToken, tokenMissing, type IdentifiedRequest, type Identity } from './identified-request.js';
import { JwtStrategy } from './jwt.strategy.js';
import { VerifiedTokens, type VerifiedToken } from './verified-tokens.js';

type Authenticate = (request: IdentifiedRequest, reply: object, next: (error?: unknown) => void) => void;

/** Tells who sent a request. Synchronous for a token that was verified before, so that the hot path awaits nothing. */
@Injectable()
export class TokenVerifier {
  private readonly verified = new VerifiedTokens();
  // Its own instance: passport's shared one keeps the last strategy registered in the process, whichever application that was.
  private readonly passport = new passport.Passport();

  constructor(strategy: JwtStrategy) {
    this.passport.use('jwt', strategy);
  }

  identify(request: IdentifiedRequest): Identity | Promise<Identity> {
    const token = bearerToken(request);
    if (token === null) return tokenMissing();
    if (token === '') return stranger(invalid());
    const known = this.verified.get(token);
    return known ? { principal: known.principal, refusal: null } : this.verify(request, token);
  }

  private verify(request: IdentifiedRequest, token: string): Promise<Identity> {
    return new Promise((resolve, reject) => {
      const answer = (error: unknown, verified: VerifiedToken | false, challenge: unknown): void => {
        if (error) return reject(error);
        if (!verified) return resolve(stranger(expired(challenge) ?? invalid()));
        this.verified.set(token, verified);
        resolve({ principal: verified.principal, refusal: null });
      };
      const authenticate = this.passport.authenticate('jwt', { session: false }, answer) as Authenticate;
      authenticate(request, {}, reject);
    });
  }
}

const stranger = (refusal: Refusal): Identity => ({ principal: null, refusal });

const invalid = () => new Refusal('auth.token-invalid', 'unauthenticated', 'This access token is not one that this shop signed; sign in again');

const expired = (challenge: unknown): Refusal | null =>
  challenge instanceof Error && challenge.name === 'TokenExpiredError'
    ? new Refusal('auth.token-expired', 'unauthenticated', 'This access token has expired; sign in again')
    : null;
