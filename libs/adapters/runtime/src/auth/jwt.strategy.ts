import { createPublicKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { z } from 'zod';
import { AuthOptions, TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER } from './auth-options.js';
import { bearerToken } from './identified-request.js';
import type { VerifiedToken } from './verified-tokens.js';

const claims = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
});

/** Accepts access tokens that this shop signed for this API and that have not expired. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(options: AuthOptions) {
    super({
      jwtFromRequest: (request) => bearerToken(request) || null,
      // A key object: from PEM text the key would be parsed again for every token.
      secretOrKey: createPublicKey(options.publicKey) as unknown as string,
      algorithms: [TOKEN_ALGORITHM],
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
    } satisfies StrategyOptionsWithoutRequest);
  }

  /** False makes passport refuse: a signed token without the claims that we sign is not an access token. */
  validate(payload: unknown): VerifiedToken | false {
    const parsed = claims.safeParse(payload);
    if (!parsed.success) return false;
    const { sub, exp, roles, permissions } = parsed.data;
    return { principal: { id: sub, roles, permissions }, expiresAt: exp };
  }
}
