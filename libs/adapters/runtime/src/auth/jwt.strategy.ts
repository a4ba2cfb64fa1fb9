import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { z } from 'zod';
import { TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER } from './auth-options.js';
import { bearerToken } from './identified-request.js';
import { SigningKeys } from './signing-keys.js';
import type { VerifiedToken } from './verified-tokens.js';

/** Whatever else a header names, such as a key of its own or where to fetch one, is not looked at. */
const header = z.object({
  alg: z.literal(TOKEN_ALGORITHM),
  kid: z.string().min(1).max(128).optional(),
  /** Extensions that must be understood: there are none that we do. */
  crit: z.undefined().optional(),
});

const claims = z.object({
  sub: z.string().min(1),
  iat: z.number(),
  exp: z.number(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  /** Absent in tokens from before there were sessions; they end with the first key. */
  sid: z.string().min(1).optional(),
});

/** Accepts access tokens that this shop signed for this API and that have not expired. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(keys: SigningKeys) {
    super({
      jwtFromRequest: (request) => bearerToken(request) || null,
      secretOrKeyProvider: (_request, token: string, done) => void giveKey(keyOf(keys, token), done),
      algorithms: [TOKEN_ALGORITHM],
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
    } satisfies StrategyOptionsWithoutRequest);
  }

  /** False makes passport refuse: a signed token without the claims that we sign is not an access token. */
  validate(payload: unknown): VerifiedToken | false {
    const parsed = claims.safeParse(payload);
    if (!parsed.success) return false;
    const { sub, sid = '', iat, exp, roles, permissions } = parsed.data;
    return { principal: { id: sub, roles, permissions, sessionId: sid }, issuedAt: iat * 1000, expiresAt: exp };
  }
}

async function keyOf(keys: SigningKeys, token: string): Promise<KeyObject | undefined> {
  const parsed = header.safeParse(headerOf(token));
  return parsed.success ? keys.find(parsed.data.kid) : undefined;
}

function headerOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

type Done = (error: unknown, key?: string) => void;

/** Verifying goes on within `done`: what it throws, as for a payload that is null, is a refusal too and must not get lost. */
async function giveKey(finding: Promise<KeyObject | undefined>, done: Done): Promise<void> {
  try {
    const key = await finding;
    if (!key) throw new Error('no key of ours');
    // A key object: from PEM text the key would be parsed again for every token.
    done(null, key as unknown as string);
  } catch (error) {
    done(error);
  }
}
