import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { TokenIssuer, type IssuedToken } from '@adapters/runtime/src/auth/index.js';
import { builtInRoles, type Role } from '../contract/roles.js';
import { Accounts, type SigningAccount } from './accounts.js';
import { Roles } from './roles.js';
import type { OpenSession } from './sessions.js';

/** What signing in and refreshing answer (RFC 6749 5.1). */
export class SignedInView implements IssuedToken {
  @ApiProperty({ description: 'To be sent as "Authorization: Bearer <token>"' })
  accessToken: string;

  @ApiProperty({ enum: ['Bearer'] })
  tokenType: 'Bearer';

  @ApiProperty({ description: 'Seconds until the access token expires', example: 900 })
  expiresIn: number;

  @ApiProperty({ description: 'Good for one exchange at POST /api/v1/auth/refresh; keep it secret' })
  refreshToken: string;

  @ApiProperty({ description: 'Seconds until the refresh token expires without being used', example: 604800 })
  refreshExpiresIn: number;
}

/** Puts a session into what its owner is answered. */
@Injectable()
export class SigningIn {
  constructor(
    private readonly tokens: TokenIssuer,
    private readonly accounts: Accounts,
    private readonly roles: Roles,
  ) {}

  /** @param before an instant before `account` was looked up, ISO 8601: what was revoked since is revoked for this token as well */
  async answer({ credential, token }: OpenSession, account: SigningAccount, before: string): Promise<SignedInView> {
    const { id } = account;
    const roles = byRank(account.roles);
    const [permissions, email] = await Promise.all([this.roles.permissionsOf(roles), this.accounts.emailOf(id)]);
    const principal = { id, roles, permissions, sessionId: credential.sessionId };
    const issued = await this.tokens.issue(principal, { issuedAt: Date.parse(before), ...(email !== undefined && { email }) });
    const refreshExpiresIn = Math.floor((Date.parse(credential.idleUntil) - Date.parse(before)) / 1000);
    return { ...issued, refreshToken: token.text, refreshExpiresIn };
  }
}

/** Built-in roles first, in the order of their rank; those that were defined here follow by name. */
function byRank(roles: readonly Role[]): Role[] {
  const ranks = Object.keys(builtInRoles);
  const rank = (role: Role): number => (ranks.includes(role) ? ranks.indexOf(role) : ranks.length);
  return roles.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
