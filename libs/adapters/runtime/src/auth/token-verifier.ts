import { Injectable } from '@nestjs/common';
import passport from 'passport';
import { Revocations } from '@kernel/ports/revocations.js';
import { Refusal } from '@kernel/refusal.js';
import { bearerToken, tokenMissing, type IdentifiedRequest, type Identity } from './identified-request.js';
import { JwtStrategy } from './jwt.strategy.js';
import { SigningKeys } from './signing-keys.js';
import { VerifiedTokens, type VerifiedToken } from './verified-tokens.js';

type Authenticate = (request: IdentifiedRequest, reply: object, next: (error?: unknown) => void) => void;

/** Tells who sent a request. Synchronous for a token that was verified before, so that the hot path awaits nothing. */
@Injectable()
export class TokenVerifier {
  private verified = new VerifiedTokens();
  private generation = 0;
  // Its own instance: passport's shared one keeps the last strategy registered in the process, whichever application that was.
  private readonly passport = new passport.Passport();

  constructor(
    strategy: JwtStrategy,
    private readonly keys: SigningKeys,
    private readonly revocations: Revocations,
  ) {
    this.passport.use('jwt', strategy);
  }

  identify(request: IdentifiedRequest): Identity | Promise<Identity> {
    const token = bearerToken(request);
    if (token === null) return tokenMissing();
    if (token === '') return stranger(invalid());
    this.forgetWhereKeysChanged();
    const known = this.verified.get(token);
    return known ? this.unlessRevoked(known) : this.verify(request, token);
  }

  /** What a key verified that was withdrawn since is verified anew, and refused. */
  private forgetWhereKeysChanged(): void {
    if (this.generation === this.keys.generation) return;
    this.generation = this.keys.generation;
    this.verified = new VerifiedTokens();
  }

  /** Asked for every request, also for a token that was verified before: that is how a session ends before its tokens do. */
  private unlessRevoked({ principal, issuedAt }: VerifiedToken): Identity {
    const { id: userId, sessionId, roles } = principal;
    const revoked = this.revocations.isRevoked({ sessionId, userId, roles, issuedAt });
    return revoked ? stranger(ended()) : { principal, refusal: null };
  }

  private verify(request: IdentifiedRequest, token: string): Promise<Identity> {
    const { generation } = this.keys;
    return new Promise((resolve, reject) => {
      const answer = (error: unknown, verified: VerifiedToken | false, challenge: unknown): void => {
        if (error) return reject(error);
        if (!verified) return resolve(stranger(expired(challenge) ?? invalid()));
        if (generation === this.keys.generation) this.verified.set(token, verified);
        resolve(this.unlessRevoked(verified));
      };
      const authenticate = this.passport.authenticate('jwt', { session: false }, answer) as Authenticate;
      authenticate(request, {}, reject);
    });
  }
}

const stranger = (refusal: Refusal): Identity => ({ principal: null, refusal });

const invalid = () => new Refusal('auth.token-invalid', 'unauthenticated', 'This access token is not one that this shop signed; sign in again');

const ended = () =>
  new Refusal('auth.session-ended', 'unauthenticated', 'The session of this access token has ended or has changed; refresh it, or sign in again');

const expired = (challenge: unknown): Refusal | null =>
  challenge instanceof Error && challenge.name === 'TokenExpiredError'
    ? new Refusal('auth.token-expired', 'unauthenticated', 'This access token has expired; sign in again')
    : null;
