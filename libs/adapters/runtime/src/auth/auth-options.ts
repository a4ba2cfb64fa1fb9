/** What `AuthModule.forRoot` is given; its own injection token. */
export class AuthOptions {
  /** RSA private key, PEM (PKCS #8). Only a process that signs people in needs a real one. */
  readonly privateKey: string;
  /** RSA public key, PEM (SPKI). */
  readonly publicKey: string;
  /** How long an access token is good for, seconds. Roles granted or taken away show at the next sign-in, so keep it short. */
  readonly ttlSeconds: number;
  /** bcrypt's cost, at least 10. */
  readonly bcryptCost: number;
  /** False turns the request limits off. */
  readonly rateLimit: boolean;

  constructor(options: AuthOptions) {
    if (options.bcryptCost < 10) throw new RangeError('bcrypt cost must be at least 10');
    Object.assign(this, options);
  }
}

export const TOKEN_ISSUER = 'nebulocart';
export const TOKEN_AUDIENCE = 'nebulocart-api';
/** The only algorithm accepted: whoever lets the token choose lets a public key pass for an HMAC secret. */
export const TOKEN_ALGORITHM = 'RS256';
