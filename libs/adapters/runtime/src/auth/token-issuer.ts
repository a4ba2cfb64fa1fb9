import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock } from '@kernel/clock.js';
import type { Principal } from '@kernel/principal.js';
import { AuthOptions, TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER } from './auth-options.js';
import { SigningKeys } from './signing-keys.js';

/** An access token as the sign-in answers it (RFC 6749 5.1); `expiresIn` in seconds. */
export interface IssuedToken {
  readonly accessToken: string;
  readonly tokenType: 'Bearer';
  readonly expiresIn: number;
}

/** What a token says beside who its principal is. */
export interface TokenDetails {
  /** For the client that shows it; nothing here reads it from the token. */
  readonly email?: string;
  /** Milliseconds since 1970; now where it is left out. Whoever looks up what the token says must name the time before the look-up. */
  readonly issuedAt?: number;
}

/** Signs access tokens with the key of the hour. Roles come in the order of their rank. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly jwt: JwtService,
    private readonly keys: SigningKeys,
    private readonly options: AuthOptions,
    private readonly clock: Clock,
  ) {}

  async issue({ id, roles, permissions, sessionId }: Principal, details: TokenDetails = {}): Promise<IssuedToken> {
    const { kid, key } = this.keys.current();
    const issuedAt = details.issuedAt ?? Date.parse(this.clock.now());
    const claims = {
      sub: id,
      id,
      ...(details.email !== undefined && { email: details.email }),
      role: roles[0],
      roles,
      permissions,
      sid: sessionId,
      jti: randomUUID(),
      // To the millisecond (RFC 7519 allows fractions): a token signed just after a revocation is not one that was revoked.
      iat: issuedAt / 1000,
      exp: Math.ceil(issuedAt / 1000) + this.options.ttlSeconds,
    };
    const accessToken = await this.jwt.signAsync(claims, {
      privateKey: key,
      algorithm: TOKEN_ALGORITHM,
      keyid: kid,
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
    });
    return { accessToken, tokenType: 'Bearer', expiresIn: this.options.ttlSeconds };
  }
}
