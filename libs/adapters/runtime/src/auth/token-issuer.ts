import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Principal } from '@kernel/principal.js';
import { AuthOptions } from './auth-options.js';

/** An access token as the sign-in answers it (RFC 6749 5.1); `expiresIn` in seconds. */
export interface IssuedToken {
  readonly accessToken: string;
  readonly tokenType: 'Bearer';
  readonly expiresIn: number;
}

/** Signs access tokens. They hold a pseudonym, roles and permissions: no name and no email. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly jwt: JwtService,
    private readonly options: AuthOptions,
  ) {}

  async issue({ id, roles, permissions }: Principal): Promise<IssuedToken> {
    const accessToken = await this.jwt.signAsync({ sub: id, roles, permissions });
    return { accessToken, tokenType: 'Bearer', expiresIn: this.options.ttlSeconds };
  }
}
